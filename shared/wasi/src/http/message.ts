import type { RawFields } from "./fields.ts";

/** Bytes that are all there, or come. A consumer that has enough calls the iterator's `return`. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** A request that a guest shall answer. */
export interface HttpRequest {
  /** as on the wire: `GET` */
  method: string;
  /** `/path?query` */
  pathWithQuery?: string;
  /** default `HTTP` */
  scheme?: "HTTP" | "HTTPS";
  authority?: string;
  headers: RawFields;
  body?: Body;
  /** asked once the body has come to its end */
  trailers?: () => RawFields | undefined;
}

/** What a guest answered. */
export interface HttpResponse {
  status: number;
  headers: RawFields;
  /** All of it when the guest finished it together with its answer. A body that breaks off rejects with `HttpFailure`. */
  body: Body;
  /** complete when the body is */
  trailers(): RawFields | undefined;
  /**
   * Absent when the guest is done; else settles when it is, which may be after the body, and rejects when it trapped. Until
   * then the instance cannot be used for anything else.
   */
  done?: Promise<void>;
}

/** A request that a guest sends. */
export interface OutgoingHttpRequest {
  method: string;
  scheme: string;
  authority: string;
  pathWithQuery: string;
  headers: RawFields;
  body: Body | undefined;
  trailers(): RawFields | undefined;
  /** in milliseconds, where the guest asked for them */
  timeouts: { connectMs?: number; firstByteMs?: number; betweenBytesMs?: number };
  /** the guest lost interest */
  signal: AbortSignal;
}

/** What came back. */
export interface IncomingHttpResponse {
  status: number;
  headers: RawFields;
  body?: Body;
  trailers?: () => RawFields | undefined;
}

/** Sends requests for guests; rejects with `HttpFailure`. What a guest may reach is checked before. */
export interface HttpBackend {
  send(request: OutgoingHttpRequest): Promise<IncomingHttpResponse>;
}
