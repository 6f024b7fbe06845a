/**
 * The library's own TCP and TLS transport, with three things done another way: what is sent within one turn of the event loop goes out
 * in one write, large payloads go out and come in without being copied several times, and no promise is made per frame.
 */
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";
import { FrameGatherer } from "./frame-gatherer.ts";

/** Frames that are smaller together are copied into one buffer: cheaper than a list of buffers for the kernel. */
const joinBelow = 32 * 1024;
/** More than this is sent at once rather than at the end of the turn. */
const flushAbove = 64 * 1024;

/** What one read may bring. */
const readBytes = 256 * 1024;

type Address = { hostname: string; port: number };
type Waiting = (result: IteratorResult<Uint8Array, undefined>) => void;

export class MeshTransport extends NodeTransport {
  readonly #gatherer = new FrameGatherer();
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  #received: Uint8Array[] = [];
  #waiting: Waiting | undefined;
  /** Where the socket with the shared buffer leads; undefined once TLS has taken its place. */
  #dialled: Address | undefined;
  readonly #flush = () => this.flush();
  readonly #deliver = (frames: Uint8Array) => {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting({ done: false, value: frames });
    else this.#received.push(frames);
  };

  /** Queues a frame, or a part of one, behind all others; it must not be changed until it was sent. */
  override send(frame: Uint8Array): void {
    if (this.#unsent.length === 0) setImmediate(this.#flush);
    this.#unsent.push(frame);
    this.#unsentBytes += frame.length;
    if (this.#unsentBytes > flushAbove) this.flush();
  }

  /** Hands everything queued to the kernel. */
  flush(): void {
    if (this.#unsent.length === 0) return;
    const frames = this.#unsent;
    const bytes = this.#unsentBytes;
    this.#unsent = [];
    this.#unsentBytes = 0;
    // A write that fails ends the socket: the library hears of it by its close.
    if (this.isClosed || this.socket.destroyed) return;
    const [first] = frames;
    if (frames.length === 1 && first) this.socket.write(first);
    else if (bytes <= joinBelow) this.socket.write(Buffer.concat(frames, bytes));
    else this.#writeAll(frames);
  }

  #writeAll(frames: readonly Uint8Array[]): void {
    this.socket.cork();
    for (const frame of frames) this.socket.write(frame);
    this.socket.uncork();
  }

  /** Dials with one buffer for all reads. TLS cannot take over such a socket: `startTLS` dials again. */
  override async dial(server: Address): Promise<Socket> {
    const onRead = (size: number, buffer: Uint8Array) => {
      const read = Buffer.from(buffer.buffer, buffer.byteOffset, size);
      // Until the connection is set up, the library listens for the server's first line.
      if (socket.listenerCount("data") > 0) socket.emit("data", Buffer.from(read));
      else this.#gatherer.push(read, this.#deliver);
      return true;
    };
    const onread = { buffer: Buffer.allocUnsafeSlow(readBytes), callback: onRead };
    const socket = createConnection({ host: server.hostname, port: server.port, noDelay: true, onread });
    await once(socket, "connect");
    this.#dialled = server;
    return socket;
  }

  override async startTLS(): Promise<TLSSocket> {
    if (!this.#dialled) throw new Error("TLS before a connection");
    this.socket.destroy();
    this.socket = await super.dial(this.#dialled);
    this.#dialled = undefined;
    this.yields = [];
    await super.peekInfo();
    return super.startTLS();
  }

  override setupHandlers(): void {
    super.setupHandlers();
    this.socket.removeAllListeners("data");
    for (const early of this.yields.splice(0)) this.#gatherer.push(Buffer.from(early), this.#deliver);
    if (!this.#dialled) this.socket.on("data", (read: Buffer) => this.#gatherer.push(read, this.#deliver));
  }

  override [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return {
      next: () => {
        const value = this.#received.shift();
        if (value) return Promise.resolve({ done: false, value });
        if (this.isClosed) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => (this.#waiting = resolve));
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  override async close(error?: Error): Promise<void> {
    this.flush();
    await super.close(error);
  }

  override disconnect(): void {
    this.flush();
    super.disconnect();
  }
}
