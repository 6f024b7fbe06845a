/** `wasmcloud:messaging` as a plugin of the host: the consumer that components import, and subscriptions for the handlers they export. */
import type { Logger } from "@holdfast/runtime";
import type { NatsConnection } from "@nats-io/nats-core";
import type { BindingWorkload, BoundPlugin, HostPlugin } from "../../plugin.ts";
import { chooseBackend, entriesByName, type Entry, listOf } from "../entries.ts";
import type { MessageBus } from "./bus.ts";
import { memoryBus } from "./memory.ts";
import { natsBus } from "./nats.ts";
import { messagingOperations } from "./operations.ts";
import { replySubjects } from "./reply-subjects.ts";
import { whyNotSubscribe } from "./subjects.ts";
import { handlerInterface, subscribeHandler } from "./subscribe-handler.ts";

export type MessagingPluginOptions = {
  /** For entries without `config.backend`. Default `nats`. */
  readonly defaultBackend?: "nats" | "memory";
};

const packageName = "wasmcloud:messaging";
const maxSubscriptions = 100;

const offer = (...interfaces: string[]) => ({
  namespace: "wasmcloud",
  package: "messaging",
  version: "0.2.0",
  interfaces,
});

export function messagingPlugin({ defaultBackend = "nats" }: MessagingPluginOptions = {}): HostPlugin {
  let host: { readonly nc: NatsConnection; readonly log: Logger } | undefined;
  const memory = new Map<string, MessageBus>();

  const started = () => {
    if (host === undefined) throw new Error(`${packageName}: the plugin has not been started`);
    return host;
  };
  /** Workloads of one namespace hear each other. */
  const memoryOf = (namespace: string) => {
    const bus = memory.get(namespace) ?? memoryBus();
    memory.set(namespace, bus);
    return bus;
  };
  const backends: Readonly<Record<string, (namespace: string) => MessageBus>> = {
    nats: () => natsBus(started().nc),
    memory: memoryOf,
    // wash's name for it
    "in-memory": memoryOf,
  };

  return {
    id: "wasmcloud-messaging",
    imports: [offer("types", "consumer")],
    exports: [offer("types", "handler")],
    bindings: new URL("bindings.ts", import.meta.url),
    async start({ nc, log }) {
      host = { nc, log };
    },
    async bind(workload): Promise<BoundPlugin> {
      const entry = onlyEntry(workload);
      const bus = chooseBackend(packageName, entry, backends, defaultBackend)(workload.namespace);
      const subscriptions = readSubscriptions(entry);
      const replies = replySubjects();
      const operations = messagingOperations(bus, replies);
      const { log } = started();
      const ends: (() => void)[] = [];
      return {
        backend: () => operations,
        async resolved(running) {
          for (const component of workload.components) {
            const shared = { running, component, workload, entry, bus, replies, subscriptions, log };
            ends.push(...subscribeHandler(shared));
          }
        },
        async unbind() {
          for (const end of ends.splice(0)) end();
        },
      };
    },
  };
}

/** Subjects have no place for a backend's name, so there is one for all that a workload sends and hears. */
function onlyEntry({ interfaces }: BindingWorkload): Entry {
  const [entry, ...others] = entriesByName(packageName, interfaces).values();
  if (entry === undefined || others.length > 0) throw new Error(`${packageName}: one hostInterfaces entry is possible`);
  return entry;
}

function readSubscriptions({ config }: Entry): readonly string[] {
  const subscriptions = listOf(config.subscriptions) ?? [];
  if (subscriptions.length > maxSubscriptions)
    throw new Error(`${packageName}: more than ${maxSubscriptions} subscriptions`);
  for (const pattern of subscriptions) {
    const reason = whyNotSubscribe(pattern);
    if (reason !== undefined) throw new Error(`${handlerInterface}: config.subscriptions: ${reason}`);
  }
  return subscriptions;
}
