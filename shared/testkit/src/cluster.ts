/** Three nats-servers that replicate: for what must also hold when a read may be answered by a server that lags. */
import { jetstreamManager } from "@nats-io/jetstream";
import { createServer } from "node:net";
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { type Link, openLink } from "./link.ts";
import { startNats, type TestNats } from "./nats.ts";
import { waitFor } from "./wait-for.ts";

export type TestNatsCluster = AsyncDisposable & {
  /** `n0`, `n1`, `n2` by place, as the servers call themselves. */
  readonly servers: readonly TestNats[];
  /** From now on no byte passes between this server and the others; its clients still reach it. Only of a `separable` cluster. */
  isolate(server: number): void;
  /** Every server hears every other one again. */
  rejoin(): void;
  stop(): Promise<void>;
};

export type TestNatsClusterOptions = {
  /** Of each server, before what makes it one of three. Default: the testkit's own. */
  config?: string;
  /** Who may make streams, where the configuration has users. */
  connect?: NodeConnectionOptions;
  /** The servers' routes pass through links that can be silenced. Default false. */
  separable?: boolean;
};

/** Starts a cluster of three and waits until it can hold a replicated stream. */
export async function startNatsCluster(options: TestNatsClusterOptions = {}): Promise<TestNatsCluster> {
  const ports = await freePorts(3);
  const links = options.separable === true ? await linkAll(ports) : [];
  const servers = await Promise.all(ports.map((_, i) => startMember(i, ports, links, options)));
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all(links.map(({ link }) => link[Symbol.asyncDispose]()));
  };
  try {
    await untilReplicating(servers, options.connect);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    servers,
    isolate(server) {
      if (links.length === 0) throw new Error("the cluster was not started as `separable`");
      for (const { from, to, link } of links) if (from === server || to === server) link.silence();
    },
    rejoin() {
      for (const { link } of links) link.speak();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The way of one server's routes to another one. */
type Route = { readonly from: number; readonly to: number; readonly link: Link };

function linkAll(ports: readonly number[]): Promise<Route[]> {
  const pairs = ports.flatMap((port, to) => ports.flatMap((_, from) => (from === to ? [] : [{ from, to, port }])));
  return Promise.all(pairs.map(async ({ from, to, port }) => ({ from, to, link: await openLink(port) })));
}

function startMember(
  i: number,
  ports: readonly number[],
  links: readonly Route[],
  { config }: TestNatsClusterOptions,
): Promise<TestNats> {
  const linked = links.filter(({ from }) => from === i).map(({ link }) => link.port);
  const routes = (links.length === 0 ? ports : linked).map((port) => `nats://127.0.0.1:${port}`).join(", ");
  // servers tell each other where they are: behind links that must lead nowhere (port 9 discards, where anything listens there at all)
  const advertise = links.length === 0 ? "" : `advertise: "127.0.0.1:9", `;
  // as docs/durability.md says: of its own accord a server notices a silent route after a minute and a half
  const silence = `ping_interval: "2s", ping_max: 2`;
  return startNats({
    ...(config !== undefined && { config }),
    extraConfig: `server_name: n${i}\ncluster { name: holdfast, listen: "127.0.0.1:${ports[i]}", ${advertise}${silence}, routes: [${routes}] }`,
  });
}

async function untilReplicating([first]: readonly TestNats[], connect?: NodeConnectionOptions): Promise<void> {
  const nc = await first?.connect(connect);
  if (nc === undefined) throw new Error("no server");
  const jsm = await waitFor(() => jetstreamManager(nc), { timeoutMs: 20_000, what: "JetStream in the cluster" });
  const name = "CLUSTER_IS_READY";
  await waitFor(() => jsm.streams.add({ name, subjects: [name], num_replicas: 3 }), {
    timeoutMs: 20_000,
    what: "a stream with three replicas",
  });
  await jsm.streams.delete(name);
  await nc.close();
}

/** Below what systems give to outgoing connections (32768 on Linux, 49152 elsewhere): such a one could take a port that was just free. */
const routePorts = { from: 20_000, count: 12_000 };

/** Ports that were free a moment ago. Any other process picks its own at random: no two are likely to meet. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = routePorts.from + Math.floor(Math.random() * routePorts.count);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
