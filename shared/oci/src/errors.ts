/** What can go wrong between us and a registry, as codes. */

export type OciErrorCode =
  /** The text is no image reference. */
  | "InvalidReference"
  /** The docker configuration cannot be used for this registry. */
  | "BadCredentials"
  /** The registry wants (other) credentials, or they give no access to the repository. */
  | "Unauthorized"
  /** No such repository, tag, manifest or blob. */
  | "NotFound"
  /** The image is there, but it is not one that can be used here: a container image, an index without a component. */
  | "Unsupported"
  /** Above a limit of ours. */
  | "TooLarge"
  /** Bytes are not what their digest promises. */
  | "DigestMismatch"
  /** The registry answered something that the distribution specification does not foresee, or refused the request for good. */
  | "BadAnswer"
  /** No connection, or the registry is overloaded: trying again later may help. */
  | "Unavailable"
  | "TimedOut"
  /** The caller's signal. */
  | "Aborted";

/** Every rejection of this package; the message names the reference and what to do, and never a secret. */
export class OciError extends Error {
  readonly code: OciErrorCode;

  constructor(code: OciErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "OciError";
    this.code = code;
  }
}

/** True for an OciError, of this code if one is given. */
export function isOciError(error: unknown, code?: OciErrorCode): error is OciError {
  return error instanceof OciError && (code === undefined || error.code === code);
}
