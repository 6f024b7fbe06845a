import type { Budget } from "../budget.ts";
import { ComponentError } from "@holdfast/component-host";
import { Pollable } from "../io/poll.ts";
import { Waiters } from "../io/waiters.ts";
import { isLoopback, isMapped, isSpecial, isUnspecified, parseAddress, socketAddress } from "../sockets/address.ts";
import { isAllowed } from "../policy/allowed-hosts.ts";
import type { AllowedHosts } from "../policy/allowed-hosts.ts";
import { codeOf } from "./error-code.ts";
import type { ErrorCode } from "./error-code.ts";
import { contentLengthOf, maxSectionBytes, sectionBytes } from "./fields.ts";
import type { RawFields } from "./fields.ts";
import { IncomingResponse } from "./incoming-message.ts";
import type { HttpBackend, IncomingHttpResponse, OutgoingHttpRequest } from "./message.ts";
import { methodName, schemeName } from "./method.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import type { RequestOptions } from "./request-options.ts";

export interface OutgoingHttpOptions {
  backend: HttpBackend;
  allowedHosts: AllowedHosts;
  /** requests of one instance whose response has not begun; default 64 */
  maxRequests?: number;
}

/** `wasi:http/outgoing-handler` of one instance. Without options every request is denied. */
export class OutgoingHandler {
  readonly #options: OutgoingHttpOptions | undefined;
  readonly #budget: Budget;
  readonly #running = new Set<AbortController>();

  constructor(options: OutgoingHttpOptions | undefined, budget: Budget) {
    this.#options = options;
    this.#budget = budget;
  }

  handle(request: OutgoingRequest, options?: RequestOptions): FutureIncomingResponse {
    const { backend, allowedHosts, maxRequests = 64 } = this.#options ?? denied();
    const { host, port, scheme, authority } = targetOf(request);
    if (!isAllowed(allowedHosts, host, port)) denied();
    // who may reach everything is not thereby meant to reach the host itself; what is named is
    if (allowedHosts === "any" && isHostsOwn(host)) fail({ tag: "destination-IP-prohibited" });
    checkHeaders(request.fields.raw);
    if (this.#running.size >= maxRequests) fail({ tag: "connection-limit-reached" });
    const abort = new AbortController();
    this.#running.add(abort);
    const message = (): OutgoingHttpRequest => ({
      method: methodName(request.method()),
      scheme,
      authority,
      pathWithQuery: request.pathWithQuery() ?? "/",
      headers: request.fields.raw,
      body: request.content?.asBody(),
      trailers: () => request.content?.trailers,
      timeouts: timeoutsOf(options),
      signal: abort.signal,
    });
    // once the guest waits: until then it may have written all of the body
    const response = Promise.resolve().then(() => backend.send(message()));
    const settled = () => {
      this.#running.delete(abort);
      request.fields[Symbol.dispose]();
    };
    response.then(settled, settled);
    return new FutureIncomingResponse(response, this.#budget, () => abort.abort());
  }

  /** Ends what the guest began and did not wait for. */
  reset(): void {
    // clearing an empty set costs a new one
    if (this.#running.size === 0) return;
    for (const abort of this.#running) abort.abort();
    this.#running.clear();
  }
}

function fail(code: ErrorCode): never {
  throw new ComponentError(code);
}

const denied = (): never => fail({ tag: "HTTP-request-denied" });

function checkHeaders(headers: RawFields): void {
  const bytes = sectionBytes(headers);
  if (bytes > maxSectionBytes) fail({ tag: "HTTP-request-header-section-size", val: bytes });
  if (contentLengthOf(headers) === "invalid") fail({ tag: "HTTP-protocol-error" });
}

const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443 };

function targetOf(request: OutgoingRequest) {
  const authority = request.authority();
  if (authority === undefined) fail({ tag: "HTTP-request-URI-invalid" });
  const scheme = schemeName(request.scheme() ?? { tag: "HTTPS" });
  const defaultPort = defaultPorts[scheme];
  if (defaultPort === undefined) fail({ tag: "HTTP-request-URI-invalid" });
  // as every client reads it: 127.0.0.1 has many spellings
  const url = URL.parse(`http://${authority}`);
  if (url === null) fail({ tag: "HTTP-request-URI-invalid" });
  const port = Number(/:([0-9]+)$/.exec(authority)?.[1] ?? defaultPort);
  return { host: url.hostname.replaceAll(/^\[|\]$|\.$/g, ""), port, scheme, authority };
}

/** Addresses of the host itself, or with a meaning on its own link only. What a name resolves to is for the backend to look at. */
function isHostsOwn(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  const address = parseAddress(host);
  if (address === undefined) return false;
  const at = socketAddress(address.val, 0);
  return isLoopback(at) || isUnspecified(at) || isMapped(at) || isSpecial(at);
}

const nsPerMs = 1_000_000;

function timeoutsOf(options: RequestOptions | undefined): OutgoingHttpRequest["timeouts"] {
  const [connect, firstByte, betweenBytes] = [
    options?.connectTimeout(),
    options?.firstByteTimeout(),
    options?.betweenBytesTimeout(),
  ];
  return {
    ...(connect !== undefined && { connectMs: Number(connect) / nsPerMs }),
    ...(firstByte !== undefined && { firstByteMs: Number(firstByte) / nsPerMs }),
    ...(betweenBytes !== undefined && { betweenBytesMs: Number(betweenBytes) / nsPerMs }),
  };
}

type Outcome = { tag: "ok"; val: IncomingResponse } | { tag: "err"; val: ErrorCode };

/** `wasi:http/types.future-incoming-response`. Dropped while it waits, the request is given up. */
export class FutureIncomingResponse {
  readonly #waiters = new Waiters();
  readonly #giveUp: () => void;
  #outcome: Outcome | undefined;
  #state: "waiting" | "taken" | "dropped" = "waiting";

  constructor(response: Promise<IncomingHttpResponse>, budget: Budget, giveUp: () => void) {
    this.#giveUp = giveUp;
    response.then(
      (val) => this.#settle({ tag: "ok", val: new IncomingResponse(val, budget) }),
      (error: unknown) => this.#settle({ tag: "err", val: codeOf(error) }),
    );
  }

  subscribe(): Pollable {
    return new Pollable({
      isReady: () => this.#outcome !== undefined,
      onReady: (callback) => this.#waiters.add(callback),
    });
  }

  get(): { tag: "ok"; val: Outcome } | { tag: "err" } | undefined {
    if (this.#outcome === undefined) return undefined;
    if (this.#state === "taken") return { tag: "err" };
    this.#state = "taken";
    return { tag: "ok", val: this.#outcome };
  }

  [Symbol.dispose](): void {
    if (this.#state === "taken") return;
    this.#state = "dropped";
    this.#giveUp();
    this.#discard();
  }

  #settle(outcome: Outcome): void {
    this.#outcome = outcome;
    if (this.#state === "dropped") this.#discard();
    this.#waiters.wake();
  }

  #discard(): void {
    if (this.#outcome?.tag === "ok") this.#outcome.val[Symbol.dispose]();
  }
}
