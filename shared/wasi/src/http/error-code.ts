import { repeatable } from "@holdfast/component-host";
import { IoError } from "../io/io-error.ts";

/** `wasi:http/types.error-code`. */
export type ErrorCode =
  | { tag: PlainErrorCode }
  | { tag: "DNS-error"; val: { rcode: string | undefined; infoCode: number | undefined } }
  | { tag: "TLS-alert-received"; val: { alertId: number | undefined; alertMessage: string | undefined } }
  | { tag: "HTTP-request-body-size" | "HTTP-response-body-size"; val: bigint | undefined }
  | { tag: SectionSizeErrorCode; val: number | undefined }
  | { tag: "HTTP-request-header-size"; val: FieldSize | undefined }
  | { tag: "HTTP-request-trailer-size" | "HTTP-response-header-size" | "HTTP-response-trailer-size"; val: FieldSize }
  | { tag: "HTTP-response-transfer-coding" | "HTTP-response-content-coding"; val: string | undefined }
  | { tag: "internal-error"; val: string | undefined };

type PlainErrorCode =
  | "DNS-timeout"
  | "destination-not-found"
  | "destination-unavailable"
  | "destination-IP-prohibited"
  | "destination-IP-unroutable"
  | "connection-refused"
  | "connection-terminated"
  | "connection-timeout"
  | "connection-read-timeout"
  | "connection-write-timeout"
  | "connection-limit-reached"
  | "TLS-protocol-error"
  | "TLS-certificate-error"
  | "HTTP-request-denied"
  | "HTTP-request-length-required"
  | "HTTP-request-method-invalid"
  | "HTTP-request-URI-invalid"
  | "HTTP-request-URI-too-long"
  | "HTTP-response-incomplete"
  | "HTTP-response-timeout"
  | "HTTP-upgrade-failed"
  | "HTTP-protocol-error"
  | "loop-detected"
  | "configuration-error";

type SectionSizeErrorCode =
  | "HTTP-request-header-section-size"
  | "HTTP-request-trailer-section-size"
  | "HTTP-response-header-section-size"
  | "HTTP-response-trailer-section-size";

interface FieldSize {
  fieldName: string | undefined;
  fieldSize: number | undefined;
}

/** An exchange failed: thrown by a backend to its guest, and to the host when the guest answers with an error code. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(describe(code));
    this.code = code;
  }
}

const describe = (code: ErrorCode): string =>
  code.tag === "internal-error" && code.val !== undefined ? `${code.tag}: ${code.val}` : code.tag;

/** A body broke off, for a stream's `last-operation-failed`. */
export class HttpIoError extends IoError {
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(describe(code));
    this.code = code;
  }
}

/** What a guest is told of an error: its code, and nothing of an error that is the host's own. */
export const codeOf = (error: unknown): ErrorCode =>
  error instanceof HttpFailure ? error.code : { tag: "internal-error", val: undefined };

/** `http-error-code`: of a stream's error, when it came from HTTP. */
export const httpErrorCode = repeatable((error: IoError): ErrorCode | undefined =>
  error instanceof HttpIoError ? error.code : undefined,
);
