/** A real nats-server for one test: own folder, free port, JetStream on files. */
import { findNatsServer, meshMaxPayload, type NatsServerBinary, startNatsServer } from "@holdfast/nats-server";
import { connect, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";
import { temporaryFolder } from "./temporary-folder.ts";

export type TestNatsOptions = {
  /** The whole configuration instead of the testkit's own. */
  config?: string;
  /** Lines for the end of the configuration. A setting given here replaces the testkit's own. */
  extraConfig?: string;
  /** Keep the data here instead of in a temporary folder. */
  storeDir?: string;
  port?: number;
};

export type TestNats = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  /** Of the server of the moment: a restart changes it. */
  readonly pid: number;
  readonly storeDir: string;
  readonly logFile: string;
  /** Connects as a test would; connections still open at the end are closed. */
  connect(options?: NodeConnectionOptions): Promise<NatsConnection>;
  /** Ends the server with a signal (default SIGKILL) and waits until it is gone. `restart` brings it back. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Same port, same data. */
  restart(): Promise<void>;
  /** Closes the connections, stops the server and removes its folder. */
  stop(): Promise<void>;
};

let binary: Promise<NatsServerBinary> | undefined;

/** Starts a nats-server in some tens of milliseconds. Use with `await using`. */
export async function startNats(options: TestNatsOptions = {}): Promise<TestNats> {
  binary ??= findNatsServer();
  const { path } = await binary;
  const folder = options.storeDir === undefined ? await temporaryFolder("holdfast-nats-") : undefined;
  const storeDir = options.storeDir ?? folder?.path ?? "";
  const server = await startNatsServer({
    path,
    storeDir,
    config: `${options.config ?? `max_payload: ${meshMaxPayload}`}\n${options.extraConfig ?? ""}\n`,
    port: options.port ?? 0,
  }).catch(async (error: unknown) => {
    await folder?.[Symbol.asyncDispose]();
    throw error;
  });
  const connections = new Set<NatsConnection>();
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await Promise.all([...connections].map((connection) => connection.close()));
    await server.stop();
    await folder?.[Symbol.asyncDispose]();
  };

  return {
    get url() {
      return server.url;
    },
    get port() {
      return server.port;
    },
    get pid() {
      return server.pid;
    },
    storeDir,
    logFile: server.logFile,
    async connect(connectOptions = {}) {
      const connection = await connect({ servers: server.url, ...connectOptions });
      connections.add(connection);
      void connection.closed().then(() => connections.delete(connection));
      return connection;
    },
    kill: (signal) => server.kill(signal),
    restart: () => server.restart(),
    stop: () => (stopped ??= stop()),
    [Symbol.asyncDispose]: () => (stopped ??= stop()),
  };
}
