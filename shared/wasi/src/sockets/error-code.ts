import { ComponentError } from "@holdfast/component-host";
import { IoError } from "../io/io-error.ts";

/** `wasi:sockets/network.error-code`. */
export type ErrorCode =
  | "unknown"
  | "access-denied"
  | "not-supported"
  | "invalid-argument"
  | "out-of-memory"
  | "timeout"
  | "concurrency-conflict"
  | "not-in-progress"
  | "would-block"
  | "invalid-state"
  | "new-socket-limit"
  | "address-not-bindable"
  | "address-in-use"
  | "remote-unreachable"
  | "connection-refused"
  | "connection-reset"
  | "connection-aborted"
  | "datagram-too-large"
  | "name-unresolvable"
  | "temporary-resolver-failure"
  | "permanent-resolver-failure";

const byErrno: ReadonlyMap<unknown, ErrorCode> = new Map([
  ["EACCES", "access-denied"],
  ["EPERM", "access-denied"],
  ["ECONNABORTED", "connection-aborted"],
  ["ECONNREFUSED", "connection-refused"],
  ["ECONNRESET", "connection-reset"],
  ["EPIPE", "connection-reset"],
  ["EHOSTUNREACH", "remote-unreachable"],
  ["EHOSTDOWN", "remote-unreachable"],
  ["ENETUNREACH", "remote-unreachable"],
  ["ENETDOWN", "remote-unreachable"],
  ["ETIMEDOUT", "timeout"],
  ["EMFILE", "new-socket-limit"],
  ["ENFILE", "new-socket-limit"],
  ["ENOMEM", "out-of-memory"],
  ["ENOBUFS", "out-of-memory"],
  ["ENOTFOUND", "name-unresolvable"],
  ["EAI_AGAIN", "temporary-resolver-failure"],
]);

/** A socket call's `err`, to be thrown. */
export const socketError = (code: ErrorCode): ComponentError => new ComponentError(code);

/** Told whenever something has yet to come, so often that it is made once. */
export const wouldBlock = socketError("would-block");

/** What an error of node's says, in WASI's words. */
export function codeOf(error: unknown, otherwise: ErrorCode = "unknown"): ErrorCode {
  const errno = error instanceof Error && "code" in error ? error.code : undefined;
  return byErrno.get(errno) ?? otherwise;
}

/** A connection's stream failed. */
export class NetworkIoError extends IoError {
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(`network: ${code}`);
    this.code = code;
  }
}

/** `network-error-code`: of a stream's error, when it came from a socket. */
export const networkErrorCode = (error: IoError): ErrorCode | undefined =>
  error instanceof NetworkIoError ? error.code : undefined;
