/** `wasmcloud:messaging/consumer` as plain calls with plain data, over any bus: which subjects, how much, how long. Errors are text. */
import { InterfaceError } from "../../plugin.ts";
import type { BrokerMessage, MessageBus } from "./bus.ts";
import type { ReplySubjects } from "./reply-subjects.ts";
import { isInbox, isSubject, whyNotPublish } from "./subjects.ts";

export const messagingLimits = {
  /** Bytes; NATS may take less. */
  body: 8 * 1024 * 1024,
  requestMs: 60_000,
  /** Requests of one workload that wait for an answer. */
  requests: 256,
} as const;

export type MessagingOperations = {
  readonly publish: (message: BrokerMessage) => Promise<void>;
  readonly request: (subject: string, body: Uint8Array, timeoutMs: number) => Promise<BrokerMessage>;
};

/** `replies` are where handlers of this workload may answer, though nobody else may publish there. */
export function messagingOperations(bus: MessageBus, replies: ReplySubjects): MessagingOperations {
  let requests = 0;

  const requireAllowed = (subject: string) => {
    if (replies.has(subject)) return;
    const reason = whyNotPublish(subject);
    if (reason !== undefined) throw new Error(reason);
  };

  return {
    publish: inWords(async (message) => {
      requireAllowed(message.subject);
      requireBody(message.body);
      if (message.replyTo !== undefined) requireReplyTo(message.replyTo, replies);
      await bus.publish(message);
    }),
    request: inWords(async (subject, body, timeoutMs) => {
      requireAllowed(subject);
      requireBody(body);
      if (requests >= messagingLimits.requests) throw new Error(`${requests} requests wait for answers already`);
      requests++;
      try {
        return await bus.request(subject, body, Math.min(Math.max(timeoutMs, 1), messagingLimits.requestMs));
      } finally {
        requests--;
      }
    }),
  };
}

/** An answer must not be asked for where the component could not publish itself. */
function requireReplyTo(replyTo: string, replies: ReplySubjects): void {
  const reason = isSubject(replyTo) && isInbox(replyTo) && replies.has(replyTo) ? undefined : whyNotPublish(replyTo);
  if (reason !== undefined) throw new Error(`reply-to: ${reason}`);
}

function requireBody({ length }: Uint8Array): void {
  if (length > messagingLimits.body)
    throw new Error(`the message has ${length} bytes, and ${messagingLimits.body} are allowed`);
}

function inWords<A extends unknown[], R>(run: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await run(...args);
    } catch (error) {
      throw new InterfaceError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  };
}
