/**
 * Requests that components send, over node:http and node:https of the main thread.
 *
 * Who may be reached: what `allowedHosts` names; without it, or with `*` in it, everything (wasmCloud's rule) but this machine and link-local
 * addresses. Those must be named as addresses or `localhost`, or their port be in `allowedHostLoopbackPorts`; a name that resolves to
 * them is not enough. What the operator denies (by default where cloud providers keep credentials) no manifest can allow.
 */
import type { LocalResources } from "@holdfast/host-protocol";
import { isAllowed } from "@holdfast/wasi";
import { lookup, type LookupAddress, type LookupAllOptions } from "node:dns";
import { type ClientRequest, type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { type BlockList, isIP, type LookupFunction } from "node:net";
import { isIn, isInterfaceAddress, isOwnAddress } from "../machine/networks.ts";
import { everything } from "../workloads/allowed-hosts.ts";
import type { OutgoingRequest, OutgoingResponse } from "../workloads/isolate.ts";
import { announcedTrailers, fitTrailers } from "./bodies.ts";

/** The policy forbids it; `code` is wasi:http's error code and begins the message, which is how it crosses to the worker. */
export class OutgoingRefused extends Error {
  override readonly name = "OutgoingRefused";
  readonly code: "HTTP-request-denied" | "destination-IP-prohibited" | "HTTP-request-URI-invalid";

  constructor(code: OutgoingRefused["code"], message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

export type OutgoingPolicy = Pick<LocalResources, "allowedHosts" | "allowedHostLoopbackPorts">;

type Target = { readonly host: string; readonly port: number };

function targetOf({ scheme, authority }: OutgoingRequest): Target {
  const url = URL.parse(`${scheme}://${authority}`);
  if (url === null || !/^https?$/.test(scheme) || url.username !== "" || url.pathname !== "/") {
    throw new OutgoingRefused("HTTP-request-URI-invalid", `${scheme}://${authority} cannot be asked`);
  }
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
}

/** Whether a policy lets a request go to an address. */
type MayReach = (address: string) => boolean;

/** Throws `OutgoingRefused` for a host that is not named where hosts are. */
function reachOf(denied: BlockList, policy: OutgoingPolicy, { host, port }: Target): MayReach {
  const { allowedHosts, allowedHostLoopbackPorts } = policy;
  const isNamed = isAllowed(allowedHosts, host, port);
  if (allowedHosts.length > 0 && !isNamed && !allowedHosts.includes(everything))
    throw new OutgoingRefused("HTTP-request-denied", `${host} is not among allowedHosts`);
  // a name that somebody's name server points here does not name this machine
  const isNamedSelf = isNamed && (isIP(host) !== 0 || /^(?:.*\.)?localhost$/.test(host));
  const mayReachSelf = isNamedSelf || allowedHostLoopbackPorts.includes(port);
  return (address) => {
    if (isIn(denied, address)) return false;
    if (isOwnAddress(address)) return mayReachSelf;
    return isNamed || !isInterfaceAddress(address);
  };
}

const prohibited = (host: string) =>
  new OutgoingRefused(
    "destination-IP-prohibited",
    `${host} is this machine, which allowedHosts has to name by address, or among HOLDFAST_HOST_DENIED_NETWORKS`,
  );

/** As `dns.lookup`, all addresses. */
type Resolve = (
  host: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/** Node's look-up, refusing addresses after they are resolved: a name cannot be pointed here meanwhile. */
function guardedLookup(resolve: Resolve, mayReach: MayReach): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, "", 4);
      const usable = found.filter(({ address }) => mayReach(address));
      const [first] = usable;
      if (first === undefined) return callback(prohibited(host), "", 4);
      if (options.all === true) return callback(null, usable);
      callback(null, first.address, first.family);
    });
  };
}

export type OutgoingOptions = {
  /** Out of reach for all components. */
  readonly denied: BlockList;
  /** Default: this machine's. */
  readonly resolve?: Resolve;
};

/** What sends requests of components: rejects with `OutgoingRefused`, or what node:http says. */
export function createOutgoing({ denied, resolve = lookup }: OutgoingOptions) {
  return (request: OutgoingRequest, policy: OutgoingPolicy, signal: AbortSignal): Promise<OutgoingResponse> => {
    const target = targetOf(request);
    const mayReach = reachOf(denied, policy, target);
    if (isIP(target.host) !== 0 && !mayReach(target.host)) throw prohibited(target.host);
    return send(request, target, guardedLookup(resolve, mayReach), signal);
  };
}

async function send(
  request: OutgoingRequest,
  target: Target,
  lookUp: LookupFunction,
  signal: AbortSignal,
): Promise<OutgoingResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options: RequestOptions = {
    method: request.method,
    host: target.host,
    port: target.port,
    path: request.pathWithQuery,
    headers: [...request.headers, "host", request.authority, ...framing(request)],
    signal,
    lookup: lookUp,
    setDefaultHeaders: false,
    // A pooled connection would pass by the look-up: one that a workload was allowed to make must not serve another.
    agent: false,
  };
  const sent = (request.scheme === "https" ? httpsRequest : httpRequest)(options, resolve);
  sent.on("error", reject);
  // answered with 101, which nobody asked for: no response will come
  sent.on("upgrade", (_response, socket) => {
    socket.destroy();
    reject(new Error("the server switched protocols, which a component's request cannot ask for"));
  });
  limitTime(sent, request.timeouts);
  // the answer may come before the body is at its end
  writeBody(request, sent).catch((error: unknown) => {
    sent.destroy();
    reject(error);
  });
  const response = await promise;
  const { statusCode: status = 502, rawHeaders: headers } = response;
  return { status, headers, body: response, trailers: announcedTrailers(response) };
}

/** Ends a request that is later than the component wants to wait; the message begins with wasi:http's error code. */
function limitTime(sent: ClientRequest, { connectMs, firstByteMs, betweenBytesMs }: OutgoingRequest["timeouts"]): void {
  const limit = (ms: number | undefined, code: string) => {
    const end = () => sent.destroy(new Error(`${code}: more than ${ms} ms`));
    const timer = ms === undefined ? undefined : setTimeout(end, ms);
    return () => clearTimeout(timer);
  };
  const connected = limit(connectMs, "connection-timeout");
  const answered = limit(firstByteMs, "HTTP-response-timeout");
  sent.once("socket", (socket) => socket.once("connect", connected));
  sent.once("close", () => (connected(), answered()));
  sent.once("response", (response) => {
    answered();
    if (betweenBytesMs === undefined) return;
    const end = () => response.destroy(new Error(`connection-read-timeout: more than ${betweenBytesMs} ms`));
    response.setTimeout(betweenBytesMs, end);
  });
}

/** How long the body is, where the component did not say: as it stands, nothing is added by Node. */
function framing({ body, headers }: OutgoingRequest): string[] {
  const hasLength = headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === "content-length");
  if (body === undefined || hasLength) return [];
  return body instanceof Uint8Array ? ["content-length", String(body.length)] : ["transfer-encoding", "chunked"];
}

async function writeBody({ body, trailers }: OutgoingRequest, to: ClientRequest): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    to.end(body);
    return;
  }
  for await (const bytes of body) {
    if (to.destroyed) return;
    if (!to.write(bytes)) await drained(to);
  }
  to.addTrailers(fitTrailers(trailers?.()));
  to.end();
}

/** Resolves when there is room again, or it is over: then the response's promise says why. */
function drained(to: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off("drain", done).off("close", done);
      resolve();
    };
    to.on("drain", done).on("close", done);
  });
}
