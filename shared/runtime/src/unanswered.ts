/** Why a request has no answer, and with that whether it may have been executed. */

const words = {
  /** Nobody listens on the subject: nothing was executed. */
  "no responders": "nobody answers on",
  /** Our NATS user may not publish there: nothing was executed. */
  "not allowed": "not allowed to publish on",
  /** The connection is closed or drains, or cannot carry it (the cause says which): nothing was executed. */
  "not sent": "cannot publish on",
  /** In doubt. */
  timeout: "no answer in time on",
  /** It was sent, and the connection broke: in doubt. */
  "connection lost": "the connection broke before the answer on",
  /** The caller's signal: in doubt. */
  aborted: "given up on",
} as const;

export type UnansweredReason = keyof typeof words;

/** A request without an answer. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
  readonly reason: UnansweredReason;

  constructor(reason: UnansweredReason, subject: string, cause?: unknown) {
    super(`${words[reason]} ${subject}`, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** True for a request without an answer, for this reason if one is given. */
export function isUnanswered(error: unknown, reason?: UnansweredReason): error is Unanswered {
  return error instanceof Unanswered && (reason === undefined || error.reason === reason);
}
