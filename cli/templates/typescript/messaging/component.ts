/** Answers each message with its text in capital letters. */
import { publish } from "wasmcloud:messaging/consumer@0.2.0";
import type { BrokerMessage } from "wasmcloud:messaging/types@0.2.0";
import { decode, encode } from "./text.ts";

export const handler = {
  /** Throw to say that a message could not be handled. */
  handleMessage({ body, replyTo }: BrokerMessage): void {
    if (replyTo !== undefined) publish({ subject: replyTo, body: encode(decode(body).toUpperCase()) });
  },
};
