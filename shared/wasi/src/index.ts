export { ComponentExit } from "./component-exit.ts";
export type { ByteSink, ByteSource } from "./io/byte-stream.ts";
export { Volume } from "./filesystem/volume.ts";
export type { VolumeOptions } from "./filesystem/volume.ts";
export { HttpFailure } from "./http/error-code.ts";
export type { ErrorCode as HttpErrorCode } from "./http/error-code.ts";
export type { RawFields } from "./http/fields.ts";
export type {
  Body as HttpBody,
  HttpBackend,
  HttpRequest,
  HttpResponse,
  IncomingHttpResponse,
  OutgoingHttpRequest,
} from "./http/message.ts";
export { InputStream } from "./io/input-stream.ts";
export { IoError } from "./io/io-error.ts";
export { OutputStream } from "./io/output-stream.ts";
export { Pipe } from "./io/pipe.ts";
export { Pollable } from "./io/poll.ts";
export type { Readiness } from "./io/poll.ts";
export { bytesSource } from "./io/sources.ts";
export { streamClosed, streamFailed } from "./io/stream-error.ts";
export { isAllowed } from "./policy/allowed-hosts.ts";
export type { AllowedHosts } from "./policy/allowed-hosts.ts";
export { addressText } from "./sockets/address.ts";
export { hostNetwork } from "./sockets/host-network.ts";
export type { HostNetwork } from "./sockets/host-network.ts";
export { VirtualLoopback } from "./sockets/virtual-loopback.ts";
export { suspendingMethods } from "./suspending-methods.ts";
export { createWasi } from "./wasi.ts";
export type { Wasi, WasiOptions } from "./wasi.ts";
