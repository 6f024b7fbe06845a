/** Three nats-servers that replicate: for what must also hold when a read may be answered by a server that lags. */
import { jetstreamManager } from "@nats-io/jetstream";
import { createServer } from "node:net";
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { startNats, type TestNats } from "./nats.ts";
import { waitFor } from "./wait-for.ts";

export type TestNatsCluster = AsyncDisposable & {
  readonly servers: readonly TestNats[];
  stop(): Promise<void>;
};

export type TestNatsClusterOptions = {
  /** Of each server, before what makes it one of three. Default: the testkit's own. */
  config?: string;
  /** Who may make streams, where the configuration has users. */
  connect?: NodeConnectionOptions;
};

/** Starts a cluster of three and waits until it can hold a replicated stream. */
export async function startNatsCluster(options: TestNatsClusterOptions = {}): Promise<TestNatsCluster> {
  const ports = await freePorts(3);
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(", ");
  const servers = await Promise.all(
    ports.map((port, i) =>
      startNats({
        ...(options.config !== undefined && { config: options.config }),
        extraConfig: `server_name: n${i}\ncluster { name: holdfast, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
      }),
    ),
  );
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    await untilReplicating(servers, options.connect);
  } catch (error) {
    await stop();
    throw error;
  }
  return { servers, stop, [Symbol.asyncDispose]: stop };
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
