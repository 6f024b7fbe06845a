/** Messages on core NATS. Headers of messages are not handed on (the interface has none), but a trace is. Gap: no JetStream consumers. */
import {
  HeaderBlock,
  injectTrace,
  isUnanswered,
  mailboxOf,
  SpanKind,
  tracingEnabled,
  withSpan,
  extractTrace,
} from "@holdfast/runtime";
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import type { BrokerMessage, MessageBus } from "./bus.ts";

export function natsBus(nc: NatsConnection): MessageBus {
  const requireFits = (body: Uint8Array) => {
    const limit = nc.info?.max_payload ?? 1024 * 1024;
    // NATS would close the connection of the whole host
    if (body.length > limit) throw new Error(`the message has ${body.length} bytes, and NATS takes ${limit}`);
  };

  return {
    publish: ({ subject, body, replyTo }) =>
      withSpan(
        `publish ${subject}`,
        async () => {
          requireFits(body);
          nc.publish(subject, body, { ...(replyTo !== undefined && { reply: replyTo }), ...traceHeaders() });
        },
        { kind: SpanKind.PRODUCER },
      ),
    async request(subject, body, timeoutMs) {
      requireFits(body);
      try {
        return toMessage(await mailboxOf(nc).request(subject, body, { timeoutMs }));
      } catch (error) {
        if (!isUnanswered(error)) throw error;
        throw new Error(
          error.reason === "no responders"
            ? `nobody listens on ${subject}`
            : `no answer on ${subject}: ${error.message}`,
          { cause: error },
        );
      }
    },
    subscribe(pattern, queueGroup, onMessage) {
      const subscription = nc.subscribe(pattern, {
        queue: queueGroup,
        callback: (error, message) => {
          // a permission violation, which the connection's own log tells of
          if (error) return;
          const parent = extractTrace(message.headers);
          if (!tracingEnabled()) onMessage(toMessage(message));
          else
            void withSpan(`deliver ${pattern}`, async () => onMessage(toMessage(message)), {
              kind: SpanKind.CONSUMER,
              parent,
            });
        },
      });
      return () => subscription.unsubscribe();
    },
  };
}

function traceHeaders(): { headers?: HeaderBlock } {
  if (!tracingEnabled()) return {};
  const headers = new HeaderBlock();
  injectTrace(headers);
  return { headers };
}

/** With a copy of the body: it lies in a buffer of the connection with much else, and all of that would go to the worker. */
function toMessage({ subject, data, reply }: Msg): BrokerMessage {
  return { subject, body: new Uint8Array(data), ...(reply !== undefined && reply !== "" && { replyTo: reply }) };
}
