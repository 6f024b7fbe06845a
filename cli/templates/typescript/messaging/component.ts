/** Answers each message with its text in capital letters. */
import { publish } from "wasmcloud:messaging/consumer@0.2.0";
import type { BrokerMessage } from "wasmcloud:messaging/types@0.2.0";

export const handler = {
  /** Throw to say that a message could not be handled. */
  handleMessage({ body, replyTo }: BrokerMessage): void {
    if (replyTo === undefined) return;
    const text = new TextDecoder().decode(body);
    publish({ subject: replyTo, body: new TextEncoder().encode(text.toUpperCase()) });
  },
};
