/** `cpuLimit`: what a workload may use of a CPU, as the worker holds itself to it. */
import { guest } from "@holdfast/guests";
import { LocalResources } from "@holdfast/host-protocol";
import { expect, test } from "vitest";
import { Peer } from "../src/channel/peer.ts";
import type { HeadEvent, HttpInput, LinkInput, LoadInput } from "../src/isolates/wire.ts";
import { startThread } from "../src/isolates/worker-handle.ts";
import { hostOffers } from "../src/workloads/host-offers.ts";
import type { ComponentShape } from "../src/workloads/link-plan.ts";
import { planLinks } from "../src/workloads/link-plan.ts";

/** A worker with the hostile guest in it. */
async function hostile(cpuMillicores: number) {
  const worker = startThread({ heapLimitMb: 64 });
  const lines: string[] = [];
  let status = 0;
  const peer = new Peer(worker.port, {
    methods: {
      head: (head: HeadEvent) => (status = head.status),
      log: ({ entry }: { entry: { message: string } }) => lines.push(entry.message),
    },
  });
  const load: LoadInput = {
    components: [
      {
        name: "hostile",
        isService: false,
        image: "",
        digest: "",
        bytes: await guest("http-hostile"),
        resources: LocalResources.parse({}),
        memoryLimitMb: 16,
        poolSize: 0,
        maxInvocations: 0,
        maxConcurrency: 1,
      },
    ],
  };
  const components = (await peer.call("load", load)) as ComponentShape[];
  const plan = planLinks({ components, plugins: [], host: hostOffers, declared: hostOffers.map(asDeclared) });
  const link: LinkInput = { plan, bindings: [], volumes: {}, cpuMillicores };
  await peer.call("link", link);
  return {
    worker,
    lines,
    async get(pathWithQuery: string) {
      const head = { method: "GET", pathWithQuery, scheme: "http", authority: "a.test", headers: [] };
      const input: HttpInput = { request: 1, component: "hostile", head, body: undefined, hasTrailers: false };
      await peer.call("http", input);
      return status;
    },
    [Symbol.asyncDispose]: () => worker.terminate(),
  };
}

const asDeclared = (offer: (typeof hostOffers)[number]) => {
  return { ...offer, interfaces: [...offer.interfaces], config: {}, name: "" };
};

test("a workload with a cpuLimit gets that share of a CPU and a second's worth more, and is told", async () => {
  await using limited = await hostile(100);
  const [usedBefore, began] = [await limited.worker.cpuMs(), performance.now()];
  let calls = 0;
  do {
    expect(await limited.get("/burn")).toBe(200);
    calls++;
  } while (performance.now() - began < 2_500);
  const seconds = (performance.now() - began) / 1_000;
  const used = (await limited.worker.cpuMs()) - usedBefore;
  // 100 ms of CPU for each second and for one more, and what fits between two looks, which is 100 ms apart
  expect(used).toBeLessThan(100 * (seconds + 1) + 150);
  // it goes on working all the while
  expect(calls).toBeGreaterThan(3);
  expect(limited.lines).toMatchObject([
    expect.stringMatching(/^used more than its cpuLimit of 100 thousandths of a CPU; paused for [0-9.]+ s$/),
  ]);
});
