import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { ByteSink, ByteSource } from "../io/byte-stream.ts";
import { streamClosed, streamFailed } from "../io/stream-error.ts";
import { Waiters } from "../io/waiters.ts";
import type { SocketAddress } from "./address.ts";
import { addressText, parseAddress, socketAddress } from "./address.ts";
import type { Connection } from "./connection.ts";
import { NetworkIoError, codeOf } from "./error-code.ts";
import type { ErrorCode } from "./error-code.ts";

/** The network that outgoing connections leave through. What a guest may reach is checked before. */
export interface HostNetwork {
  /** Resolves when connected; rejects with node's error. Ends early when the signal says so. */
  connect(address: SocketAddress, signal: AbortSignal): Promise<Connection & { local: SocketAddress }>;
  /** The addresses of a name, as text; rejects with node's error. */
  lookup(name: string): Promise<string[]>;
}

/** The network of this process. */
export const hostNetwork: HostNetwork = {
  connect: connectTo,
  lookup: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
};

async function connectTo(address: SocketAddress, signal: AbortSignal): Promise<Connection & { local: SocketAddress }> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: addressText(address), port: address.val.port, allowHalfOpen: true, signal });
  socket.once("connect", resolve);
  socket.once("error", reject);
  await promise;
  socket.off("error", reject);
  return { ...openConnection(socket), local: localOf(socket) };
}

function localOf({ localAddress = "0.0.0.0", localPort = 0 }: Socket): SocketAddress {
  return socketAddress(parseAddress(localAddress)?.val ?? [0, 0, 0, 0], localPort);
}

const none = new Uint8Array(0);

/** node's socket as bytes that are there or not; both directions are bounded by its high-water marks. */
function openConnection(socket: Socket): Connection {
  const waiters = new Waiters();
  let failure: ErrorCode | undefined;
  socket.on("error", (error) => (failure ??= codeOf(error)));
  const wake = () => waiters.wake();
  for (const event of ["end", "drain", "error", "close"]) socket.on(event, wake);
  socket.on("readable", () => {
    // node says "end" only to who reads on
    if (socket.readableLength === 0) socket.read(0);
    wake();
  });

  const over = () => (failure === undefined ? streamClosed : streamFailed(new NetworkIoError(failure)));
  const isOver = () => socket.readableEnded || socket.destroyed;

  const source: ByteSource = {
    read: (max) => {
      const bytes: unknown = socket.read(Math.min(max, socket.readableLength));
      if (bytes instanceof Uint8Array) return bytes;
      if (isOver()) throw over();
      return none;
    },
    isReadable: () => socket.readableLength > 0 || isOver(),
    onReadable: (callback) => waiters.add(callback),
  };
  const sink: ByteSink = {
    room: () => {
      if (!socket.writable) throw over();
      return Math.max(0, socket.writableHighWaterMark - socket.writableLength);
    },
    write: (bytes) => {
      if (!socket.writable) throw over();
      socket.write(bytes);
    },
    isWritable: () => !socket.writable || socket.writableLength < socket.writableHighWaterMark,
    onWritable: (callback) => waiters.add(callback),
  };
  const endSending = () => void socket.end();
  const endReceiving = () => void socket.removeAllListeners("readable").resume();
  return { source, sink, endSending, endReceiving, close: () => socket.destroySoon() };
}
