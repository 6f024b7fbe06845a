/**
 * The life of a process: configuration, NATS, start, ready; on a signal drain, flush, exit 0.
 * Phases are logged. A second signal exits at once.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import type { z } from "zod";
import { type AdminServer, startAdmin } from "./admin.ts";
import { type CommonConfig, commonConfig, ConfigError, loadConfig } from "./config.ts";
import { createLogger, type Logger } from "./log.ts";
import { collectProcessMetrics, type Metrics, metrics } from "./metrics.ts";
import { connectNats, NatsUnusable } from "./nats.ts";
import { startTelemetry } from "./telemetry.ts";

export type ProcessContext<S extends z.ZodRawShape> = {
  readonly config: z.output<z.ZodObject<S>> & CommonConfig;
  readonly nc: NatsConnection;
  readonly log: Logger;
  readonly admin: AdminServer;
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
  readonly ready?: Readonly<Record<string, string>>;
};

export type ProcessDefinition<S extends z.ZodRawShape> = {
  readonly name: string;
  readonly config: z.ZodObject<S>;
  start(context: ProcessContext<S>): Promise<RunningProcess>;
};

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Prints `holdfast: ...` lines to stderr and exits: 2 for what the operator must change, 1 for what failed. */
function refuseToStart(error: unknown): never {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) process.stderr.write(`holdfast: ${problem}\n`);
    process.exit(2);
  }
  const text = error instanceof NatsUnusable ? error.message : error instanceof Error ? error.stack : words(error);
  process.stderr.write(`holdfast: ${text}\n`);
  process.exit(1);
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process. */
function untilSignal(log: Logger): Promise<string> {
  return new Promise((resolve) => {
    let stopping = false;
    const onSignal = (signal: string) => {
      if (stopping) {
        log.warn({ signal }, "second signal: exiting at once");
        process.exit(1);
      }
      stopping = true;
      resolve(signal);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

async function bounded(work: Promise<void>, limitMs: number, log: Logger): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    log.warn({ limitMs }, "drain limit reached: leaving requests behind");
    limit.resolve();
  }, limitMs);
  await Promise.race([work, limit.promise]);
  clearTimeout(timer);
}

function watchConnection(nc: NatsConnection, log: Logger): void {
  const watch = async () => {
    for await (const status of nc.status()) {
      if (status.type === "disconnect") log.warn({ server: status.server }, "NATS connection lost");
      else if (status.type === "reconnect") log.info({ server: status.server }, "NATS connection back");
      else if (status.type === "error") log.error({ error: status.error.message }, "NATS error");
    }
  };
  watch().catch((error: unknown) => log.error({ error: words(error) }, "lost sight of the NATS connection"));
}

/** NATS answers a ping within a second, or why the process is not ready. */
async function natsHealth(nc: NatsConnection): Promise<string | undefined> {
  if (nc.isClosed()) return "the connection to NATS is closed";
  const limit = Promise.withResolvers<string>();
  const timer = setTimeout(() => limit.resolve("NATS does not answer"), 1_000);
  try {
    return await Promise.race([nc.flush().then(() => undefined), limit.promise]);
  } catch (error) {
    return words(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs one process of the mesh until a signal stops it. The one place that reads process.env and process.argv. */
export async function runProcess<S extends z.ZodRawShape>(definition: ProcessDefinition<S>): Promise<void> {
  const { name } = definition;
  try {
    const schema = commonConfig.extend(definition.config.shape);
    const config = loadConfig(schema, process.env, process.argv.slice(2)) as ProcessContext<S>["config"];
    const log = createLogger(name, config.HOLDFAST_LOG_LEVEL);
    const crash = (error: unknown) => {
      log.fatal({ err: error }, "unexpected error: exiting");
      process.exit(1);
    };
    process.on("unhandledRejection", crash);
    process.on("uncaughtException", crash);
    const signalled = untilSignal(log);
    const telemetry = await startTelemetry(name, config.OTEL_EXPORTER_OTLP_ENDPOINT);
    collectProcessMetrics();
    const connections = [await connectNats(config, name)];
    const [nc] = connections;
    if (!nc) throw new Error("no connection");
    watchConnection(nc, log);
    log.debug({ server: nc.getServer() }, "NATS connected");
    const admin = await startAdmin(config.HOLDFAST_ADMIN_HOST, config.HOLDFAST_ADMIN_PORT);
    const stopping = new AbortController();
    let phase: string | undefined = "starting";
    admin.addHealth("process", () => phase);
    admin.addHealth("nats", () => natsHealth(nc));
    const connect = async (purpose: string) => {
      const further = await connectNats(config, `${name}/${purpose}`);
      connections.push(further);
      watchConnection(further, log);
      return further;
    };
    const running = await definition.start({ config, nc, log, admin, metrics, connect, stopping: stopping.signal });
    phase = undefined;
    // at any log level: launchers wait for this line
    createLogger(name, "info").info({ admin: admin.url, ...running.ready }, "ready");

    const signal = await signalled;
    phase = "stopping";
    log.info({ signal }, "draining");
    stopping.abort();
    await bounded(running.drain(), config.HOLDFAST_DRAIN_TIMEOUT_MS, log);
    await Promise.allSettled(connections.map((connection) => connection.drain()));
    await bounded(telemetry.stop(), 5_000, log);
    await admin.close();
    log.info("stopped");
    process.exit(0);
  } catch (error) {
    refuseToStart(error);
  }
}
