/**
 * Messages to one component's handler: so many at once, so many waiting, the rest is dropped and counted. Core NATS sends each message
 * once and slows nobody down: who is behind for long must lose some.
 */
import type { Logger } from "@holdfast/runtime";
import { AsyncResource } from "node:async_hooks";
import type { BrokerMessage } from "./bus.ts";

export type DeliveryLimits = {
  /** Messages in the component's hands. */
  readonly inFlight: number;
  /** Messages that wait for their turn. */
  readonly queued: number;
  /** Bytes of bodies that wait. */
  readonly queuedBytes: number;
};

export const defaultDeliveryLimits: DeliveryLimits = { inFlight: 64, queued: 1_024, queuedBytes: 32 * 1024 * 1024 };

/** At most one line about dropped messages, and one about those that failed, in this time. */
const quietMs = 10_000;

/** Counts, and passes on the count at most once in `quietMs`. */
function seldom(tell: (count: number, ...about: [subject: string, reason?: string]) => void) {
  let count = 0;
  let quietUntil = 0;
  return (subject: string, reason?: string) => {
    count++;
    if (Date.now() < quietUntil) return;
    quietUntil = Date.now() + quietMs;
    tell(count, subject, reason);
  };
}

export type Delivery = {
  accept(message: BrokerMessage): void;
  /** Takes no more, forgets what waits. */
  stop(): void;
};

/** `handle` rejects when the component did not handle the message; that is logged here. */
export function createDelivery(
  handle: (message: BrokerMessage) => Promise<void>,
  log: Logger,
  { inFlight, queued, queuedBytes }: DeliveryLimits = defaultDeliveryLimits,
): Delivery {
  let waiting: { readonly message: BrokerMessage; readonly run: () => void }[] = [];
  let waitingBytes = 0;
  let running = 0;
  let isStopped = false;

  const failed = seldom((failures, subject, reason) =>
    log.warn({ subject, failures, reason }, "messages were not handled"),
  );
  const drop = seldom((dropped, subject) =>
    log.warn({ subject, dropped }, "messages are dropped: the component is too slow for them"),
  );

  const run = (message: BrokerMessage) => {
    running++;
    handle(message)
      .catch((error: unknown) => failed(message.subject, reasonOf(error)))
      .finally(() => {
        running--;
        runNext();
      })
      .catch((error: unknown) => log.error({ err: error }, "messages are not handed on"));
  };

  const runNext = () => {
    const next = waiting.shift();
    if (next === undefined) return;
    waitingBytes -= next.message.body.length;
    next.run();
  };

  return {
    accept(message) {
      if (isStopped) return;
      if (running < inFlight) return run(message);
      if (waiting.length >= queued || waitingBytes + message.body.length > queuedBytes) return drop(message.subject);
      waitingBytes += message.body.length;
      // the trace is the message's, whoever makes room for it
      waiting.push({ message, run: AsyncResource.bind(() => run(message)) });
    },
    stop() {
      isStopped = true;
      waiting = [];
      waitingBytes = 0;
    },
  };
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 1_000);
