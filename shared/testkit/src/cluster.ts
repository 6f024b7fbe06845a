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

async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, () => hold()));
  await Promise.all(held.map((port) => port.release()));
  return held.map(({ port }) => port);
}

function hold(): Promise<{ port: number; release(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      resolve({ port, release: () => new Promise((done) => void server.close(() => done())) });
    });
  });
}
