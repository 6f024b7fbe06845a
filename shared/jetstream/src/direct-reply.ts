/** What comes back from a direct get. ADR-31: the message with the stream's own headers, or a status. */
import type { Msg } from "@nats-io/nats-core";
import { StorageError } from "./errors.ts";
import { isNoResponders } from "./mailbox.ts";
import type { StoredMessage } from "./stored-message.ts";

/** One reply to a direct get; undefined for the end of a batch (204). */
export function readReply(message: Msg): StoredMessage | StorageError | undefined {
  const headers = message.headers;
  if (isNoResponders(message)) return new StorageError("NoResponders", "nobody answers the direct get");
  if (headers?.code === 204) return undefined;
  if (headers?.code === 404) return new StorageError("NotFound", "no message found");
  const sequence = Number(headers?.get("Nats-Sequence"));
  if (headers === undefined || headers.code >= 300 || !Number.isSafeInteger(sequence) || sequence < 1) {
    return new StorageError("SlowDown", `direct get: ${headers?.status ?? "an answer without headers"}`);
  }
  // toISOString-like with nanoseconds: Date.parse drops what is beyond milliseconds
  const timeMs = Date.parse(headers.get("Nats-Time-Stamp"));
  return {
    subject: headers.get("Nats-Subject"),
    sequence,
    timeMs: Number.isNaN(timeMs) ? 0 : timeMs,
    data: message.data,
    headers,
  };
}
