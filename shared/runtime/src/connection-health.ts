/** What a connection to NATS is doing: in the log, and as a health check. */
import type { NatsConnection } from "@nats-io/nats-core";
import type { HealthCheck } from "./admin-pages.ts";
import type { Logger } from "./log.ts";

const answerWithinMs = 1_000;
const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Logs the ups and downs of a connection; gives the check that says whether NATS answers on it. */
export function watchConnection(nc: NatsConnection, log: Logger): HealthCheck {
  let lost = false;
  const follow = async () => {
    for await (const status of nc.status()) {
      if (status.type === "disconnect") {
        lost = true;
        log.warn({ server: status.server }, "NATS connection lost");
      } else if (status.type === "reconnect") {
        lost = false;
        log.info({ server: status.server }, "NATS connection back");
      } else if (status.type === "error") log.error({ error: status.error.message }, "NATS error");
    }
  };
  follow().catch((error: unknown) => log.error({ error: words(error) }, "lost sight of the NATS connection"));
  return async () => {
    if (nc.isClosed()) return "the connection to NATS is closed";
    // Not asked while it is away: each question would wait in the client's buffer for the reconnect.
    return lost ? "NATS does not answer: the connection is lost" : answers(nc);
  };
}

/** NATS answers a ping in time, or what happened instead. */
async function answers(nc: NatsConnection): Promise<string | undefined> {
  const limit = Promise.withResolvers<string>();
  const timer = setTimeout(() => limit.resolve("NATS does not answer"), answerWithinMs);
  try {
    return await Promise.race([nc.flush().then(() => undefined), limit.promise]);
  } catch (error) {
    return words(error);
  } finally {
    clearTimeout(timer);
  }
}
