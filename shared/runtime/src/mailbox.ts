/**
 * Replies on one connection through one wildcard subscription: no SUB/UNSUB per call, several replies per call where the protocol
 * sends several (batched direct gets), one timer for all. nats.js's own requests answer once, and make a timer, a race of promises
 * and an Error each.
 *
 * An address is open until its owner closes it, or until it fails: then it is closed already, and `onFailed` was called once.
 */
import { publishPieces } from "@holdfast/nats-transport";
import { createInbox, type Msg, type MsgHdrs, type NatsConnection, PermissionViolationError } from "@nats-io/nats-core";
import { MsgHdrsImpl } from "@nats-io/nats-core/internal";
import { HeaderBlock, headerText, statusOf } from "./message-headers.ts";
import { injectTrace, tracingEnabled } from "./telemetry.ts";
import { Unanswered, type UnansweredReason } from "./unanswered.ts";

/** Several buffers are one payload and go out without a copy: they must not change until the answer is here. */
export type Payload = Uint8Array | string | readonly Uint8Array[] | undefined;

export type RequestOptions = {
  headers?: MsgHdrs | undefined;
  /** Default 5,000. Up to 50 ms more may pass. */
  timeoutMs?: number | undefined;
  /**
   * For a question that changes nothing: sent again whenever so many milliseconds have passed, until there is an answer to any of
   * them. What is sent while a stream elects its leader, for one, is never answered.
   */
  repeatMs?: number | undefined;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
};

/** How often deadlines are looked at. Milliseconds. */
const sweepMs = 50;
const defaultTimeoutMs = 5_000;
const closing = "the connection is closed or about to be";

/** Where replies to one request go. */
export class Address {
  /** When it fails with a timeout, on the clock of `performance.now()`. Its owner may move it at any time. */
  deadline = Number.POSITIVE_INFINITY;
  /** The subject of the last request; "" before. */
  subject = "";
  /** True while a request waits for a connection. */
  isWaiting = false;
  /** What to send again, and when, on the clock of `performance.now()`. */
  repeat: { readonly send: () => void; readonly everyMs: number; at: number } | undefined;
  readonly reply: string;
  readonly token: string;
  readonly isSingle: boolean;
  readonly onMessage: (message: Msg) => void;
  readonly onFailed: (error: Unanswered) => void;
  readonly #mailbox: Mailbox;

  constructor(
    mailbox: Mailbox,
    token: string,
    isSingle: boolean,
    onMessage: (message: Msg) => void,
    onFailed: (error: Unanswered) => void,
  ) {
    this.#mailbox = mailbox;
    this.token = token;
    this.reply = mailbox.base + token;
    this.isSingle = isSingle;
    this.onMessage = onMessage;
    this.onFailed = onFailed;
  }

  /** Publishes with this address as reply subject; without a connection, once there is one again. Fails when it cannot be sent. */
  send(subject: string, payload?: Payload, headers?: MsgHdrs): void {
    this.#mailbox.send(this, subject, payload, headers);
  }

  close(): void {
    this.#mailbox.close(this);
  }
}

/** All replies of one connection: `mailboxOf(nc)`. */
export class Mailbox {
  readonly base: string;
  readonly #nc: NatsConnection;
  readonly #open = new Map<string, Address>();
  /** Requests made while there is no connection: nats.js would drop them when it dials. */
  #unsent = new Map<Address, { payload: Payload; headers: MsgHdrs | undefined }>();
  #counter = 0;
  #isConnected = true;
  #isClosed = false;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(nc: NatsConnection) {
    this.#nc = nc;
    this.base = `${createInbox(inboxPrefix(nc))}.`;
    if (nc.isClosed() || nc.isDraining()) {
      this.#isClosed = true;
      return;
    }
    nc.subscribe(`${this.base}*`, {
      callback: (error, message) => {
        if (error === null) this.#deliver(message);
      },
    });
    void this.#watch();
  }

  /** Opens an address; `onMessage` is called for each reply until it is closed. */
  open(onMessage: (message: Msg) => void, onFailed: (error: Unanswered) => void): Address {
    return this.#add(false, onMessage, onFailed);
  }

  /** One request, one reply. Rejects with `Unanswered`. */
  request(subject: string, payload: Payload, options: RequestOptions = {}): Promise<Msg> {
    const { headers, timeoutMs = defaultTimeoutMs, repeatMs, signal } = options;
    const { promise, resolve, reject } = Promise.withResolvers<Msg>();
    const address = this.#add(true, resolve, reject);
    address.deadline = performance.now() + timeoutMs;
    this.send(address, subject, payload, headers);
    if (repeatMs !== undefined) {
      const send = () => this.#publish(address, payload, headers);
      address.repeat = { send, everyMs: repeatMs, at: performance.now() + repeatMs };
    }
    return signal === undefined ? promise : this.#untilAborted(address, promise, signal);
  }

  send(address: Address, subject: string, payload: Payload, given: MsgHdrs | undefined): void {
    address.subject = subject;
    // While it drains nothing can be received any more.
    if (this.#isClosed || this.#nc.isDraining()) return this.fail(address, "not sent", new Error(closing));
    const headers = tracingEnabled() ? withTraceContext(given) : given;
    if (this.#isConnected) return this.#publish(address, payload, headers);
    address.isWaiting = true;
    this.#unsent.set(address, { payload, headers });
  }

  close(address: Address): void {
    this.#forget(address);
  }

  /** Closes an address and tells its owner, once. */
  fail(address: Address, reason: UnansweredReason, cause?: unknown): void {
    if (this.#forget(address)) address.onFailed(new Unanswered(reason, address.subject, cause));
  }

  /** Also what it waits to send: a server that is away for long must not cost memory for requests that have ended. */
  #forget(address: Address): boolean {
    if (address.isWaiting) this.#unsent.delete(address);
    return this.#open.delete(address.token);
  }

  #add(isSingle: boolean, onMessage: (message: Msg) => void, onFailed: (error: Unanswered) => void): Address {
    const token = (++this.#counter).toString(36);
    const address = new Address(this, token, isSingle, onMessage, onFailed);
    this.#open.set(token, address);
    this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref();
    return address;
  }

  #deliver(message: Msg): void {
    const address = this.#open.get(message.subject.slice(this.base.length));
    if (address === undefined) return;
    if (!address.isSingle) address.onMessage(message);
    else if (isNoResponders(message)) this.fail(address, "no responders");
    else {
      this.#open.delete(address.token);
      address.onMessage(message);
    }
  }

  #publish(address: Address, payload: Payload, headers: MsgHdrs | undefined): void {
    const { reply, subject } = address;
    try {
      if (isInPieces(payload)) publishPieces(this.#nc, subject, payload, { reply, headers: encodable(headers) });
      else this.#nc.publish(subject, payload, headers === undefined ? { reply } : { reply, headers });
    } catch (cause) {
      this.fail(address, "not sent", cause);
    }
  }

  async #untilAborted(address: Address, promise: Promise<Msg>, signal: AbortSignal): Promise<Msg> {
    const onAbort = () => this.fail(address, "aborted");
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #sweep(): void {
    if (this.#open.size === 0) {
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
      return;
    }
    const now = performance.now();
    for (const address of this.#open.values()) {
      if (address.deadline <= now) this.fail(address, "timeout");
      else if (address.repeat !== undefined && !address.isWaiting) this.#askAgain(address.repeat, now);
    }
  }

  #askAgain(repeat: NonNullable<Address["repeat"]>, now: number): void {
    if (repeat.at > now || !this.#isConnected) return;
    repeat.at = now + repeat.everyMs;
    repeat.send();
  }

  /** What the client library tells of the connection only here. */
  async #watch(): Promise<void> {
    for await (const status of this.#nc.status()) {
      if (status.type === "disconnect") this.#lose();
      else if (status.type === "reconnect") this.#sendWaiting();
      else if (status.type === "error" && status.error instanceof PermissionViolationError) this.#refused(status.error);
    }
    this.#isClosed = true;
    this.#lose();
    for (const address of this.#open.values()) this.fail(address, "not sent", new Error(closing));
  }

  /** No reply can come any more to what was sent. */
  #lose(): void {
    this.#isConnected = false;
    for (const address of this.#open.values()) {
      if (!address.isWaiting && address.subject !== "") this.fail(address, "connection lost");
    }
  }

  #sendWaiting(): void {
    this.#isConnected = true;
    const waiting = this.#unsent;
    this.#unsent = new Map();
    for (const [address, { payload, headers }] of waiting) {
      address.isWaiting = false;
      if (this.#open.get(address.token) === address) this.#publish(address, payload, headers);
    }
  }

  #refused(error: PermissionViolationError): void {
    const isOurInbox = error.operation === "subscription" && error.subject === `${this.base}*`;
    // The next one who asks tries again: permissions can be given.
    if (isOurInbox) mailboxes.delete(this.#nc);
    for (const address of this.#open.values()) {
      const isRefused = error.operation === "publish" && error.subject === address.subject;
      if (isOurInbox || isRefused) this.fail(address, "not allowed", error);
    }
  }
}

const mailboxes = new WeakMap<NatsConnection, Mailbox>();

/** The mailbox of a connection, made at first use and closed with the connection. */
export function mailboxOf(nc: NatsConnection): Mailbox {
  let mailbox = mailboxes.get(nc);
  if (mailbox === undefined) {
    mailbox = new Mailbox(nc);
    mailboxes.set(nc, mailbox);
  }
  return mailbox;
}

/** True for the server's "503, empty" reply to a request that nobody listens to. */
function isNoResponders(message: Msg): boolean {
  return message.data.length === 0 && statusOf(headerText(message)) === 503;
}

const isInPieces = (payload: Payload): payload is readonly Uint8Array[] => Array.isArray(payload);

function encodable(headers: MsgHdrs | undefined): MsgHdrsImpl | undefined {
  if (headers === undefined || headers instanceof MsgHdrsImpl) return headers;
  throw new TypeError("not headers of nats.js");
}

/**
 * The headers with the active span's `traceparent`. A stored message keeps it: it tells which request wrote it, also to
 * nats-server's own message tracing.
 */
function withTraceContext(given: MsgHdrs | undefined): MsgHdrs {
  const carried = given ?? new HeaderBlock();
  injectTrace(carried);
  return carried;
}

// nats.js keeps the options off its interface; without the prefix the permissions of a service's user would refuse the inbox.
function inboxPrefix(nc: NatsConnection): string | undefined {
  if (!("options" in nc) || typeof nc.options !== "object" || nc.options === null) return undefined;
  const prefix = "inboxPrefix" in nc.options ? nc.options.inboxPrefix : undefined;
  return typeof prefix === "string" ? prefix : undefined;
}
