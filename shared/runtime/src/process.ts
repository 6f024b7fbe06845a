/**
 * The life of a process: configuration, NATS, start, ready; on a signal drain, flush, exit 0.
 * Phases are logged. A second signal exits at once. A process may be several: then one of them is above the others (workers/primary.ts).
 *
 * Exit codes: 0 stopped as told, 1 something failed, 2 the configuration cannot be used.
 */
import cluster from "node:cluster";
import type { NatsConnection } from "@nats-io/nats-core";
import type { z } from "zod";
import { startAdmin } from "./admin.ts";
import type { AdminPages } from "./admin-pages.ts";
import { type CommonConfig, commonConfig, ConfigError, describeConfig, loadConfig } from "./config.ts";
import { watchConnection } from "./connection-health.ts";
import { closingMs, phase, sayReady, untilSignal } from "./life.ts";
import { createLogger, type Logger } from "./log.ts";
import { collectProcessMetrics, type Metrics, metrics } from "./metrics.ts";
import { connectNats, NatsUnusable } from "./nats.ts";
import { startTelemetry } from "./telemetry.ts";
import type { Ready } from "./workers/messages.ts";
import { WorkerNotStarted } from "./workers/worker-not-started.ts";
import { announceToPrimary, pagesForPrimary, untilToldToStop } from "./workers/worker-side.ts";

export type ProcessContext<S extends z.ZodRawShape> = {
  readonly config: z.output<z.ZodObject<S>> & CommonConfig;
  readonly nc: NatsConnection;
  readonly log: Logger;
  readonly admin: Pick<AdminPages, "addHealth" | "addJson">;
  readonly metrics: Metrics;
  /** A further connection with the same credentials, closed with the process: `<service>/<purpose>`. */
  readonly connect: (purpose: string) => Promise<NatsConnection>;
  /** Aborted when the process begins to stop. */
  readonly stopping: AbortSignal;
};

export type RunningProcess = {
  /** Stops taking requests and resolves when those in hand are answered. */
  drain(): Promise<void>;
  /** Told to whoever waits for the `ready` line. */
  readonly ready?: Ready;
};

export type ProcessDefinition<S extends z.ZodRawShape> = {
  readonly name: string;
  readonly config: z.ZodObject<S>;
  /**
   * As how many processes it runs; default 1. With more, `start` runs in each of them, and they share the ports that they listen
   * on. Throws ConfigError for a configuration that so many cannot share.
   */
  workers?(config: ProcessContext<S>["config"]): number;
  start(context: ProcessContext<S>): Promise<RunningProcess>;
};

/** Runs one process of the mesh until a signal stops it. The one place that reads process.env and process.argv. */
export async function runProcess<S extends z.ZodRawShape>(definition: ProcessDefinition<S>): Promise<void> {
  try {
    const config = readConfig(definition);
    const log = createLogger(definition.name, config.HOLDFAST_LOG_LEVEL);
    exitOnBugs(definition.name);
    const workers = definition.workers?.(config) ?? 1;
    if (workers > 1 && cluster.isPrimary) {
      const { liveAsPrimary } = await import("./workers/primary.ts");
      await liveAsPrimary({ name: definition.name, config, log, workers });
    } else {
      await live(definition, config, log, workers > 1 ? amongWorkers : alone);
    }
    process.exit(0);
  } catch (error) {
    refuseToStart(error);
  }
}

function readConfig<S extends z.ZodRawShape>({ name, config }: ProcessDefinition<S>): ProcessContext<S>["config"] {
  const schema = commonConfig.extend(config.shape);
  const argv = process.argv.slice(2);
  if (argv.includes("--help")) {
    process.stdout.write(describeConfig(name, schema));
    process.exit(0);
  }
  // The extended schema's output is this intersection; zod's type of it is too deep for the compiler to see that.
  return loadConfig(schema, process.env, argv) as ProcessContext<S>["config"];
}

/** How a process and those who started it hear of each other. */
type Surroundings = {
  readonly untilStop: (log: Logger, isStarting: () => boolean) => Promise<string>;
  readonly openAdmin: (config: CommonConfig) => Promise<{
    readonly pages: ProcessContext<z.ZodRawShape>["admin"];
    /** What the `ready` line says of it. */
    readonly ready: Ready;
    close(): Promise<void>;
  }>;
  readonly announce: (name: string, ready: Ready) => void;
};

const alone: Surroundings = {
  untilStop: untilSignal,
  async openAdmin({ HOLDFAST_ADMIN_HOST: host, HOLDFAST_ADMIN_PORT: port }) {
    const admin = await startAdmin(host, port);
    return { pages: admin, ready: { admin: admin.url }, close: () => admin.close() };
  },
  announce: sayReady,
};

const amongWorkers: Surroundings = {
  untilStop: untilToldToStop,
  openAdmin: async () => ({ pages: pagesForPrimary(), ready: {}, close: async () => {} }),
  announce: (_name, ready) => announceToPrimary(ready),
};

/** Starts, waits for a signal, stops. */
async function live<S extends z.ZodRawShape>(
  definition: ProcessDefinition<S>,
  config: ProcessContext<S>["config"],
  log: Logger,
  { untilStop, openAdmin, announce }: Surroundings,
): Promise<void> {
  const { name } = definition;
  let waitingFor: string | undefined = "starting";
  const stopping = new AbortController();
  const signalled = untilStop(log, () => waitingFor === "starting");
  const telemetry = await startTelemetry(name, config.OTEL_EXPORTER_OTLP_ENDPOINT, log);
  collectProcessMetrics();
  const { pages: admin, ...adminPort } = await openAdmin(config);
  admin.addHealth("process", () => waitingFor);

  const connections: NatsConnection[] = [];
  const connectAs = async (connectionName: string) => {
    const waitMs = config.HOLDFAST_NATS_CONNECT_TIMEOUT;
    const nc = await connectNats(config, connectionName, { waitMs, log });
    connections.push(nc);
    admin.addHealth(connectionName === name ? "nats" : `nats/${connectionName}`, watchConnection(nc, log));
    exitWhenClosed(nc, name, stopping.signal);
    log.debug({ server: nc.getServer(), connection: connectionName }, "NATS connected");
    return nc;
  };
  const nc = await connectAs(name);
  const connect = (purpose: string) => connectAs(`${name}/${purpose}`);
  const running = await definition.start({ config, nc, log, admin, metrics, connect, stopping: stopping.signal });
  waitingFor = undefined;
  announce(name, { ...adminPort.ready, ...running.ready });

  const signal = await signalled;
  waitingFor = "stopping";
  log.info({ signal }, "signal received");
  stopping.abort();
  await phase("drain", config.HOLDFAST_DRAIN_TIMEOUT, log, () => running.drain());
  // Without a server, draining a connection never ends: it has a limit of its own.
  await phase("nats", closingMs, log, () => Promise.allSettled(connections.map((each) => each.drain())));
  await phase("telemetry", closingMs, log, () => telemetry.stop());
  await phase("admin", closingMs, log, () => adminPort.close());
  log.info("stopped");
}

/** Prints `holdfast: ...` lines to stderr and exits: 2 for what the operator must change, 1 for what failed. */
function refuseToStart(error: unknown): never {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) process.stderr.write(`holdfast: ${problem}\n`);
    process.exit(2);
  }
  // it has said why
  if (error instanceof WorkerNotStarted) process.exit(error.exitCode);
  const text = error instanceof NatsUnusable ? error.message : (error instanceof Error && error.stack) || String(error);
  process.stderr.write(`holdfast: ${text}\n`);
  process.exit(1);
}

/** What nobody caught is a bug: one line, at any log level, and out. */
function exitOnBugs(name: string): void {
  const crash = (error: unknown) => {
    createLogger(name, "fatal").fatal({ err: error }, "unexpected error: exiting");
    process.exit(1);
  };
  process.on("unhandledRejection", crash);
  process.on("uncaughtException", crash);
}

/**
 * A connection that is closed for good (credentials withdrawn, for one) does not come back: whoever supervises the process
 * starts a new one, which then says why it cannot connect.
 */
function exitWhenClosed(nc: NatsConnection, name: string, stopping: AbortSignal): void {
  const watch = async () => {
    const reason = await nc.closed();
    if (stopping.aborted) return;
    createLogger(name, "fatal").fatal({ err: reason }, "the NATS connection was closed: exiting");
    process.exit(1);
  };
  void watch();
}
