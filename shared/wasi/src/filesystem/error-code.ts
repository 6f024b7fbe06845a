import { ComponentError } from "@holdfast/component-host";
import { IoError } from "../io/io-error.ts";

const byErrno = {
  EACCES: "access",
  EAGAIN: "would-block",
  EALREADY: "already",
  EBADF: "bad-descriptor",
  EBUSY: "busy",
  EDEADLK: "deadlock",
  EDQUOT: "quota",
  EEXIST: "exist",
  EFBIG: "file-too-large",
  EILSEQ: "illegal-byte-sequence",
  EINPROGRESS: "in-progress",
  EINTR: "interrupted",
  EINVAL: "invalid",
  EIO: "io",
  EISDIR: "is-directory",
  ELOOP: "loop",
  EMLINK: "too-many-links",
  EMSGSIZE: "message-size",
  ENAMETOOLONG: "name-too-long",
  ENODEV: "no-device",
  ENOENT: "no-entry",
  ENOLCK: "no-lock",
  ENOMEM: "insufficient-memory",
  ENOSPC: "insufficient-space",
  ENOTDIR: "not-directory",
  ENOTEMPTY: "not-empty",
  ENOTRECOVERABLE: "not-recoverable",
  ENOTSUP: "unsupported",
  ENOTTY: "no-tty",
  ENXIO: "no-such-device",
  EOVERFLOW: "overflow",
  EPERM: "not-permitted",
  EPIPE: "pipe",
  EROFS: "read-only",
  ESPIPE: "invalid-seek",
  ETXTBSY: "text-file-busy",
  EXDEV: "cross-device",
} as const;

/** `wasi:filesystem/types.error-code`. */
export type ErrorCode = (typeof byErrno)[keyof typeof byErrno];

const codes: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ...Object.entries(byErrno),
  ["EOPNOTSUPP", "unsupported"],
  // WASI has no word for "too many open files"
  ["EMFILE", "insufficient-memory"],
  ["ENFILE", "insufficient-memory"],
]);

/** A filesystem call's `err`, to be thrown. */
export const fsError = (code: ErrorCode): ComponentError => new ComponentError(code);

/** The errno of what node:fs threw, if the system said it and not node (`ERR_...`). */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && !code.startsWith("ERR_") ? code : undefined;
}

/** Runs calls of node:fs; their errors become the guest's, without the host's paths. What is no such error is a bug and stays. */
export function io<T>(calls: () => T): T {
  try {
    return calls();
  } catch (error) {
    const errno = errnoOf(error);
    throw errno === undefined ? error : fsError(codes.get(errno) ?? "io");
  }
}

/** A stream over a file failed. */
export class FilesystemIoError extends IoError {
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(`filesystem: ${code}`);
    this.code = code;
  }
}

/** `filesystem-error-code`: of a stream's error, when it came from a file. */
export const filesystemErrorCode = (error: IoError): ErrorCode | undefined =>
  error instanceof FilesystemIoError ? error.code : undefined;
