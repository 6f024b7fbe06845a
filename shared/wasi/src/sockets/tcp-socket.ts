import { ComponentError } from "@holdfast/component-host";
import { alwaysReady, Pollable } from "../io/poll.ts";
import type { Readiness } from "../io/poll.ts";
import { InputStream } from "../io/input-stream.ts";
import { OutputStream } from "../io/output-stream.ts";
import { Waiters } from "../io/waiters.ts";
import { checkFamily, checkRemote, isLoopback, isUnspecified, loopbackAddress, socketAddress } from "./address.ts";
import type { Family, SocketAddress } from "./address.ts";
import type { Connection } from "./connection.ts";
import { codeOf, socketError, wouldBlock } from "./error-code.ts";
import type { ErrorCode } from "./error-code.ts";
import type { HostNetwork } from "./host-network.ts";
import type { SocketContext } from "./socket-context.ts";
import { defaultTcpOptions, positive } from "./socket-options.ts";
import type { TcpOptions } from "./socket-options.ts";
import type { Binding, Listener } from "./virtual-loopback.ts";

/**
 * unbound -startBind-> binding -finishBind-> bound -startListen-> starting -finishListen-> listening
 * unbound or bound -startConnect-> connecting -finishConnect-> connected
 * A bind that fails leaves the socket unbound, a connection that fails leaves it closed.
 */
type State =
  | { name: "unbound" | "closed" }
  | { name: "binding" | "bound" | "starting" | "listening"; binding: Binding<Listener>; local: SocketAddress }
  | { name: "connecting"; attempt: Attempt }
  | { name: "connected"; connection: Connection; local: SocketAddress; remote: SocketAddress };

type Opened = { connection: Connection; local: SocketAddress };

/** A connection that is being made. */
interface Attempt {
  remote: SocketAddress;
  abort: AbortController;
  outcome: { tag: "waiting" } | { tag: "ok"; val: Opened } | { tag: "err"; val: ErrorCode };
  waiters: Waiters;
}

/** `wasi:sockets/tcp.tcp-socket`. */
export class TcpSocket {
  readonly #family: Family;
  readonly #context: SocketContext;
  readonly #options: TcpOptions;
  #state: State = { name: "unbound" };

  constructor(family: Family, context: SocketContext, options = defaultTcpOptions) {
    context.add(this);
    this.#family = family;
    this.#context = context;
    this.#options = { ...options };
  }

  startBind(_network: object, local: SocketAddress): void {
    if (this.#state.name !== "unbound") throw socketError("invalid-state");
    checkFamily(local, this.#family);
    if (!this.#context.mayListen) throw socketError("access-denied");
    if (!isLoopback(local) && !isUnspecified(local)) throw socketError("address-not-bindable");
    const binding = this.#context.loopback().bindTcp(this.#family, local.val.port);
    this.#state = { name: "binding", binding, local: socketAddress(local.val.address, binding.port) };
  }

  finishBind(): void {
    this.#advance("binding", "bound");
  }

  startListen(): void {
    if (this.#state.name !== "bound") throw socketError("invalid-state");
    this.#state = { ...this.#state, name: "starting" };
  }

  finishListen(): void {
    this.#advance("starting", "listening").listen(this.#options.backlog);
  }

  accept(): [TcpSocket, InputStream, OutputStream] {
    if (this.#state.name !== "listening") throw socketError("invalid-state");
    if (!this.#state.binding.holder.hasArrivals) throw wouldBlock;
    const socket = new TcpSocket(this.#family, this.#context, this.#options);
    const { connection, port } = this.#state.binding.holder.accept();
    const local = loopbackAddress(this.#family, this.#state.local.val.port);
    return [socket, ...socket.#open(connection, local, loopbackAddress(this.#family, port))];
  }

  startConnect(_network: object, remote: SocketAddress): void {
    if (this.#state.name !== "unbound" && this.#state.name !== "bound") throw socketError("invalid-state");
    checkRemote(remote, this.#family);
    const route = this.#context.policy.route(remote);
    if (this.#state.name === "bound") this.#state.binding.release();
    const attempt: Attempt = {
      remote,
      abort: new AbortController(),
      outcome: { tag: "waiting" },
      waiters: new Waiters(),
    };
    this.#state = { name: "connecting", attempt };
    if (route === "loopback") attempt.outcome = this.#connectInside(remote.val.port);
    else void connectOutside(route, attempt);
  }

  finishConnect(): [InputStream, OutputStream] {
    if (this.#state.name !== "connecting") throw socketError("not-in-progress");
    const { outcome, remote } = this.#state.attempt;
    if (outcome.tag === "waiting") throw wouldBlock;
    if (outcome.tag === "err") {
      this.#state = { name: "closed" };
      throw socketError(outcome.val);
    }
    return this.#open(outcome.val.connection, outcome.val.local, remote);
  }

  localAddress(): SocketAddress {
    if ("local" in this.#state && this.#state.name !== "binding") return this.#state.local;
    throw socketError("invalid-state");
  }

  remoteAddress(): SocketAddress {
    if (this.#state.name !== "connected") throw socketError("invalid-state");
    return this.#state.remote;
  }

  isListening(): boolean {
    return this.#state.name === "listening";
  }

  addressFamily(): Family {
    return this.#family;
  }

  setListenBacklogSize(size: bigint): void {
    if (this.#state.name === "connecting" || this.#state.name === "connected") throw socketError("invalid-state");
    this.#options.backlog = Number(positive(size) > 4_096n ? 4_096n : size);
    if (this.#state.name === "listening") this.#state.binding.holder.listen(this.#options.backlog);
  }

  keepAliveEnabled(): boolean {
    return this.#options.keepAlive;
  }

  setKeepAliveEnabled(value: boolean): void {
    this.#options.keepAlive = value;
  }

  keepAliveIdleTime(): bigint {
    return this.#options.keepAliveIdleTime;
  }

  setKeepAliveIdleTime(value: bigint): void {
    this.#options.keepAliveIdleTime = positive(value);
  }

  keepAliveInterval(): bigint {
    return this.#options.keepAliveInterval;
  }

  setKeepAliveInterval(value: bigint): void {
    this.#options.keepAliveInterval = positive(value);
  }

  keepAliveCount(): number {
    return this.#options.keepAliveCount;
  }

  setKeepAliveCount(value: number): void {
    this.#options.keepAliveCount = positive(value);
  }

  hopLimit(): number {
    return this.#options.hopLimit;
  }

  setHopLimit(value: number): void {
    this.#options.hopLimit = positive(value);
  }

  receiveBufferSize(): bigint {
    return this.#options.receiveBufferSize;
  }

  setReceiveBufferSize(value: bigint): void {
    this.#options.receiveBufferSize = positive(value);
  }

  sendBufferSize(): bigint {
    return this.#options.sendBufferSize;
  }

  setSendBufferSize(value: bigint): void {
    this.#options.sendBufferSize = positive(value);
  }

  subscribe(): Pollable {
    return new Pollable(this.#readiness());
  }

  shutdown(type: "receive" | "send" | "both"): void {
    if (this.#state.name !== "connected") throw socketError("invalid-state");
    if (type !== "receive") this.#state.connection.endSending();
    if (type !== "send") this.#state.connection.endReceiving();
  }

  [Symbol.dispose](): void {
    this.#context.delete(this);
    const state = this.#state;
    this.#state = { name: "closed" };
    if ("binding" in state) {
      state.binding.release();
      state.binding.holder.close();
    } else if (state.name === "connected") state.connection.close();
    else if (state.name === "connecting") giveUp(state.attempt);
  }

  #advance(from: "binding" | "starting", to: "bound" | "listening"): Listener {
    if (this.#state.name !== from) throw socketError("not-in-progress");
    this.#state = { ...this.#state, name: to };
    return this.#state.binding.holder;
  }

  #connectInside(port: number): Attempt["outcome"] {
    try {
      const connection = this.#context.loopback().connect(this.#family, port);
      return { tag: "ok", val: { connection, local: loopbackAddress(this.#family, connection.localPort) } };
    } catch (error) {
      if (!(error instanceof ComponentError)) throw error;
      // nobody is there, whether there is a loopback or not
      return { tag: "err", val: "connection-refused" };
    }
  }

  #open(connection: Connection, local: SocketAddress, remote: SocketAddress): [InputStream, OutputStream] {
    this.#state = { name: "connected", connection, local, remote };
    const input = new InputStream(connection.source, () => connection.endReceiving());
    return [input, new OutputStream(connection.sink, () => connection.endSending())];
  }

  #readiness(): Readiness {
    const state = this.#state;
    if (state.name === "connecting") {
      const { attempt } = state;
      return { isReady: () => attempt.outcome.tag !== "waiting", onReady: (each) => attempt.waiters.add(each) };
    }
    if (state.name !== "listening") return alwaysReady;
    const { holder } = state.binding;
    return { isReady: () => holder.hasArrivals, onReady: (callback) => holder.waiters.add(callback) };
  }
}

async function connectOutside(network: HostNetwork, attempt: Attempt): Promise<void> {
  try {
    const connection = await network.connect(attempt.remote, attempt.abort.signal);
    attempt.outcome = { tag: "ok", val: { connection, local: connection.local } };
    if (attempt.abort.signal.aborted) connection.close();
  } catch (error) {
    attempt.outcome = { tag: "err", val: codeOf(error) };
  }
  attempt.waiters.wake();
}

function giveUp({ outcome, abort }: Attempt): void {
  abort.abort();
  if (outcome.tag === "ok") outcome.val.connection.close();
}
