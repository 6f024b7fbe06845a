/** Errors that cross the mesh: a stable code for programs, a sentence for people. Compare `code`, never the message. */

/** Codes that every call can meet, whatever its endpoint declares. */
export const commonErrors = {
  /** The input does not fit the contract: a bug of the caller. */
  InvalidInput: { status: 400, retryable: false },
  /** A bug of the callee, logged there. */
  InternalError: { status: 500, retryable: false },
  /** Nobody answered in time: the call may have been executed. */
  RequestTimeout: { status: 504, retryable: false },
  /** No instance of the service is there: nothing was executed. */
  ServiceUnavailable: { status: 503, retryable: true },
  /** Too much at once: nothing was executed, try again later. */
  SlowDown: { status: 503, retryable: true },
} as const;

export type MeshErrorOptions = { details?: unknown; cause?: unknown; status?: number };

export class MeshError extends Error {
  override readonly name = "MeshError";
  /** S3's code where S3 has one. */
  readonly code: string;
  /** HTTP-like status; 0 until the endpoint that throws it has said which. */
  readonly status: number;
  readonly details: unknown;

  constructor(code: string, message: string, { details, cause, status = 0 }: MeshErrorOptions = {}) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** What a handler throws: `throw fail("NoSuchUpload", "upload 7f3 is not in progress")`. The status comes from the contract. */
export function fail(code: string, message: string, options: Omit<MeshErrorOptions, "status"> = {}): MeshError {
  return new MeshError(code, message, options);
}

/** True for an error of the mesh, of this code when one is given. Works across copies of this package. */
export function isMeshError(error: unknown, code?: string): error is MeshError {
  return error instanceof Error && error.name === "MeshError" && "code" in error && (!code || error.code === code);
}
