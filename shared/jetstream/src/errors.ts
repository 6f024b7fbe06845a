/**
 * What can go wrong between us and a stream, as codes. JetStream's own numbers are translated here and nowhere
 * else; its texts are never looked at.
 */

import { isUnanswered } from "@holdfast/runtime";

export type StorageErrorCode =
  /** The stream's byte limit refuses the message; nothing was stored. */
  | "QuotaExceeded"
  /** Not now: no answer in time, no leader, out of resources. A write that ends so is in doubt. */
  | "SlowDown"
  /** Nobody answers on the subject: the stream does not exist, is frozen, or JetStream is away. Nothing was stored. */
  | "NoResponders"
  | "NoSuchStream"
  | "NotFound"
  /** Nats-Expected-Last-Subject-Sequence or Nats-Expected-Last-Sequence did not hold. */
  | "Conflict"
  /** The stream refuses this message or request for good (its own limits, a bad configuration). */
  | "Refused"
  | "Aborted";

/** Every rejection of this package. `apiCode` is JetStream's err_code where there was one. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;
  readonly apiCode: number | undefined;

  constructor(code: StorageErrorCode, message: string, options: { cause?: unknown; apiCode?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StorageError";
    this.code = code;
    this.apiCode = options.apiCode;
  }
}

/** True for a StorageError, of this code if one is given. */
export function isStorageError(error: unknown, code?: StorageErrorCode): error is StorageError {
  return error instanceof StorageError && (code === undefined || error.code === code);
}

/** What the rejection of a request stands for; anything but `Unanswered` stays as it is. */
export function fromUnanswered(error: unknown): unknown {
  if (!isUnanswered(error)) return error;
  const code = error.reason === "no responders" ? "NoResponders" : "SlowDown";
  return new StorageError(code, error.message, { cause: error });
}

// https://github.com/nats-io/nats-server/blob/main/server/errors.json
const byApiCode: Readonly<Record<number, StorageErrorCode>> = {
  10037: "NotFound",
  10059: "NoSuchStream",
  10071: "Conflict",
  10164: "Conflict",
  10077: "QuotaExceeded",
  10047: "SlowDown",
  // more than max_buffered_size or max_buffered_msgs waits to be stored; comes with code 429
  10167: "SlowDown",
  10028: "SlowDown",
  10023: "SlowDown",
  // these two come with code 500, but asking again does not help: replicas without a cluster, an invalid configuration
  10074: "Refused",
  10052: "Refused",
};

export type ApiError = { code?: number; err_code?: number; description?: string };

/** The error that a JetStream answer's `error` object stands for. */
export function fromApiError(error: ApiError, what: string): StorageError {
  const apiCode = error.err_code ?? 0;
  const code = byApiCode[apiCode] ?? ((error.code ?? 500) >= 500 ? "SlowDown" : "Refused");
  return new StorageError(code, `${what}: ${error.description ?? "refused"} (${apiCode})`, { apiCode });
}
