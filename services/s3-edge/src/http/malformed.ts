/** What is no HTTP gets an S3 error too, where there is still somebody to read it. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { renderError, s3Error, type S3Error } from "@holdfast/s3-protocol";
import { newRequestId } from "./exchange.ts";

/** The S3 error of a failure of Node's HTTP parser or clock. */
export function errorOfMalformed(code: string | undefined): S3Error {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return s3Error("RequestTimeout");
  if (code === "HPE_HEADER_OVERFLOW") return s3Error("RequestHeaderSectionTooLarge");
  return s3Error("BadRequest", { message: "An error occurred when parsing the HTTP request." });
}

/** Answers on the socket itself, there being no request, and closes it. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex, hostId: string): void {
  // An answer that has begun must not get a second one inside it.
  const answering = "_httpMessage" in socket && Boolean(socket._httpMessage);
  if (!socket.writable || error.code === "ECONNRESET" || answering) {
    socket.destroy();
    return;
  }
  const refusal = errorOfMalformed(error.code);
  const requestId = newRequestId();
  const body = renderError(refusal, { requestId, hostId });
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ""}`,
    `x-amz-request-id: ${requestId}`,
    `x-amz-id-2: ${hostId}`,
    "server: Holdfast",
    `date: ${new Date().toUTCString()}`,
    "content-type: application/xml",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
