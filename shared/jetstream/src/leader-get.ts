/** Reads of single messages from a stream's leader, which knows everything that was acknowledged. */
import type { NatsConnection } from "@nats-io/nats-core";
import { MsgHdrsImpl } from "@nats-io/nats-core/internal";
import { apiRequest } from "./calls.ts";
import { isStorageError, StorageError } from "./errors.ts";
import type { StoredMessage } from "./stored-message.ts";

export type LeaderQuery = { last_by_subj: string } | { seq: number } | { seq: number; next_by_subj: string };

/** One message as the stream's leader has it: read-your-writes on any number of replicas; undefined if there is none. */
export async function getFromLeader(
  nc: NatsConnection,
  stream: string,
  query: LeaderQuery,
  timeoutMs?: number,
): Promise<StoredMessage | undefined> {
  try {
    return fromAnswer(await apiRequest(nc, `STREAM.MSG.GET.${stream}`, query, { timeoutMs, operation: "get" }));
  } catch (error) {
    if (isStorageError(error, "NotFound")) return undefined;
    throw error;
  }
}

function fromAnswer(answer: unknown): StoredMessage {
  const message = typeof answer === "object" && answer !== null && "message" in answer ? answer.message : undefined;
  if (typeof message === "object" && message !== null && "seq" in message && "subject" in message) {
    const { seq, subject } = message;
    const data = "data" in message && typeof message.data === "string" ? message.data : "";
    const time = "time" in message && typeof message.time === "string" ? Date.parse(message.time) : Number.NaN;
    const hdrs = "hdrs" in message && typeof message.hdrs === "string" ? message.hdrs : undefined;
    if (typeof seq === "number" && typeof subject === "string") {
      return {
        subject,
        sequence: seq,
        timeMs: Number.isNaN(time) ? 0 : time,
        data: Buffer.from(data, "base64"),
        headers: hdrs === undefined ? undefined : MsgHdrsImpl.decode(Buffer.from(hdrs, "base64")),
      };
    }
  }
  throw new StorageError("SlowDown", "the leader's answer holds no message");
}
