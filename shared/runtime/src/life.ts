/** The stages of a process that it has in common with the one above several: ready, the signal, the phases after it. */
import { standardOutput } from "./line-writer.ts";
import { createLogger, type Logger } from "./log.ts";

/** How long each of the phases after the drain may take, milliseconds. */
export const closingMs = 5_000;

/** Resolves at the first SIGTERM or SIGINT. The second one ends the process, and so does one before there is anything to drain. */
export function untilSignal(log: Logger, isStarting: () => boolean): Promise<string> {
  return new Promise((resolve) => {
    let stopping = false;
    const onSignal = (signal: string) => {
      if (stopping) {
        log.warn({ signal }, "second signal: exiting at once");
        process.exit(1);
      }
      if (isStarting()) {
        log.info({ signal }, "stopped before it was ready");
        process.exit(0);
      }
      stopping = true;
      resolve(signal);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

/** One phase of stopping: logged, with a limit, and whatever happens in it, the next one comes. */
export async function phase(name: string, limitMs: number, log: Logger, work: () => Promise<unknown>): Promise<void> {
  log.info({ phase: name }, "stopping");
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    log.warn({ limitMs, during: name }, "time is up: going on without the rest");
    limit.resolve();
  }, limitMs);
  try {
    await Promise.race([work(), limit.promise]);
  } catch (error) {
    log.error({ err: error, during: name }, "stopping went wrong");
  } finally {
    clearTimeout(timer);
  }
}

/** At any log level: launchers wait for this line. */
export function sayReady(name: string, ready: Readonly<Record<string, unknown>>): void {
  createLogger(name, "info").info(ready, "ready");
  standardOutput().flush();
}
