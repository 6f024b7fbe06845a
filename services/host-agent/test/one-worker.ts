/** One worker with one component in it, without a host around it. */
import { LocalResources } from "@holdfast/host-protocol";
import { Peer } from "../src/channel/peer.ts";
import type { HeadEvent, HttpInput, LinkInput, LoadInput } from "../src/isolates/wire.ts";
import { startThread, type WorkerHandle } from "../src/isolates/worker-handle.ts";
import { hostOffers } from "../src/workloads/host-offers.ts";
import { type ComponentShape, planLinks } from "../src/workloads/link-plan.ts";

export type OneWorker = AsyncDisposable & {
  readonly worker: WorkerHandle;
  /** What it wrote to its log. */
  readonly lines: string[];
  /** Why it asked to be ended. */
  readonly exhausted: string[];
  /** The status of an HTTP answer. */
  get(pathWithQuery: string): Promise<number>;
  call(interfaceName: string, functionName: string, args: readonly unknown[]): Promise<unknown>;
};

export type OneWorkerOptions = Pick<LinkInput, "cpuMillicores"> & { readonly memoryLimitMb?: number };

const declared = hostOffers.map((offer) => {
  return { ...offer, interfaces: [...offer.interfaces], config: {}, name: "" };
});

export async function startOneWorker(bytes: Uint8Array, options: OneWorkerOptions = {}): Promise<OneWorker> {
  const { memoryLimitMb = 16, cpuMillicores } = options;
  const worker = startThread({ heapLimitMb: 64 });
  const [lines, exhausted]: [string[], string[]] = [[], []];
  let status = 0;
  const peer = new Peer(worker.port, {
    methods: {
      head: (head: HeadEvent) => (status = head.status),
      log: ({ entry }: { entry: { message: string } }) => lines.push(entry.message),
      exhausted: (reason: string) => exhausted.push(reason),
    },
  });
  const kind = {
    name: "it",
    isService: false,
    image: "",
    digest: "",
    poolSize: 0,
    maxInvocations: 0,
    maxConcurrency: 1,
  };
  const component = { ...kind, bytes, memoryLimitMb, resources: LocalResources.parse({}) };
  const load: LoadInput = { memoryMaxMb: 64, deniedNetworks: [], components: [component] };
  const components = (await peer.call("load", load)) as ComponentShape[];
  const plan = planLinks({ components, plugins: [], host: hostOffers, declared });
  const link: LinkInput = { plan, bindings: [], volumes: {}, cpuMillicores };
  await peer.call("link", link);
  return {
    worker,
    lines,
    exhausted,
    async get(pathWithQuery) {
      const head = { method: "GET", pathWithQuery, scheme: "http", authority: "a.test", headers: [] };
      const input: HttpInput = { request: 1, component: "it", head, body: undefined, hasTrailers: false };
      await peer.call("http", input);
      return status;
    },
    call: (interfaceName, functionName, args) =>
      peer.call("call", { component: "it", interfaceName, functionName, args }),
    [Symbol.asyncDispose]: () => worker.terminate(),
  };
}
