/** Subscriptions for a component that exports `wasmcloud:messaging/handler`. */
import { deploymentAnnotation } from "@holdfast/host-protocol";
import type { Logger } from "@holdfast/runtime";
import { type BindingWorkload, type ComponentInfo, InterfaceError, type RunningWorkload } from "../../plugin.ts";
import type { Entry } from "../entries.ts";
import type { BrokerMessage, MessageBus } from "./bus.ts";
import { createDelivery, defaultDeliveryLimits, type Delivery } from "./deliver.ts";
import type { ReplySubjects } from "./reply-subjects.ts";

export type Subscribing = {
  readonly running: RunningWorkload;
  readonly component: ComponentInfo;
  readonly workload: BindingWorkload;
  readonly entry: Entry;
  readonly bus: MessageBus;
  readonly replies: ReplySubjects;
  readonly subscriptions: readonly string[];
  readonly log: Logger;
};

export const handlerInterface = "wasmcloud:messaging/handler";
const maxInFlight = 1_024;

/** Subscribes a component to all patterns; answers what ends that. Nothing for a component without a handler. */
export function subscribeHandler(options: Subscribing): (() => void)[] {
  const { component, workload, entry, bus, replies, subscriptions } = options;
  const handler = component.exports.find((name) => name.split("@")[0] === handlerInterface);
  if (handler === undefined) return [];
  const delivery = deliveryTo(options, handler);
  const queueGroup = entry.config.queue_group ?? defaultQueueGroup(workload, component);
  const ends = subscriptions.map((pattern) =>
    bus.subscribe(pattern, queueGroup, (message) => {
      if (message.replyTo !== undefined) replies.add(message.replyTo);
      delivery.accept(message);
    }),
  );
  return [...ends, () => delivery.stop()];
}

function deliveryTo({ running, component, workload, entry, log }: Subscribing, handler: string): Delivery {
  const { workloadId, namespace, name } = workload;
  const about = log.child({ workloadId, workload: `${namespace}/${name}`, component: component.name });
  const handle = async (message: BrokerMessage) => {
    try {
      await running.call(component.name, handler, "handleMessage", [message]);
    } catch (error) {
      if (!(error instanceof InterfaceError)) throw error;
      throw new Error(`the handler answered: ${String(error.payload)}`, { cause: error });
    }
  };
  return createDelivery(handle, about, { ...defaultDeliveryLimits, inFlight: inFlightOf(entry) });
}

function inFlightOf({ config }: Entry): number {
  const wanted = Number(config.max_in_flight ?? defaultDeliveryLimits.inFlight);
  return Number.isInteger(wanted) ? Math.min(Math.max(wanted, 1), maxInFlight) : defaultDeliveryLimits.inFlight;
}

/** One group for all replicas of a component, on whatever host. */
function defaultQueueGroup({ namespace, annotations }: BindingWorkload, { name }: ComponentInfo): string {
  return [namespace, annotations[deploymentAnnotation] ?? "", name].filter((part) => part !== "").join(".");
}
