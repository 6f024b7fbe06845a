/** What comes back from a direct get. ADR-31: the message with the stream's own headers, or a status. */
import { headerLine, headerText, headerValue, statusOf } from "@holdfast/runtime";
import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import { StorageError } from "./errors.ts";
import type { StoredMessage } from "./stored-message.ts";

const sequenceLine = headerLine("Nats-Sequence");
const subjectLine = headerLine("Nats-Subject");
const timeLine = headerLine("Nats-Time-Stamp");

/** Reads of the headers what is asked for, when it is asked for. */
class DirectMessage implements StoredMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly #message: Msg;
  readonly #text: string;

  constructor(message: Msg, text: string, sequence: number) {
    this.subject = headerValue(text, subjectLine);
    this.sequence = sequence;
    this.data = message.data;
    this.#message = message;
    this.#text = text;
  }

  get timeMs(): number {
    // toISOString-like with nanoseconds: Date.parse drops what is beyond milliseconds
    return Date.parse(headerValue(this.#text, timeLine)) || 0;
  }

  get headers(): MsgHdrs | undefined {
    return this.#message.headers;
  }
}

/** One reply to a direct get; undefined for the end of a batch (204). `text` is that of its headers. */
export function readReply(message: Msg, text = headerText(message)): StoredMessage | StorageError | undefined {
  const status = statusOf(text);
  if (status === 503 && message.data.length === 0) {
    return new StorageError("NoResponders", "nobody answers the direct get");
  }
  if (status === 204) return undefined;
  if (status === 404) return new StorageError("NotFound", "no message found");
  const sequence = Number(headerValue(text, sequenceLine));
  if (status >= 300 || !Number.isSafeInteger(sequence) || sequence < 1) {
    return new StorageError(
      "SlowDown",
      `direct get: ${text === "" ? "an answer without headers" : `status ${status}`}`,
    );
  }
  return new DirectMessage(message, text, sequence);
}
