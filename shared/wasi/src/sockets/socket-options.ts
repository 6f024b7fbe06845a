import { socketError } from "./error-code.ts";

/** A value that may not be 0, as WASI has it for all of a socket's numbers. */
export function positive<T extends number | bigint>(value: T): T {
  if (value <= 0) throw socketError("invalid-argument");
  return value;
}

/**
 * What a guest set of a TCP socket and reads back. In memory there is nothing to tune, and on the host's network the
 * system's own values hold: WASI lets a host round them as it likes.
 */
export interface TcpOptions {
  backlog: number;
  keepAlive: boolean;
  keepAliveIdleTime: bigint;
  keepAliveInterval: bigint;
  keepAliveCount: number;
  hopLimit: number;
  receiveBufferSize: bigint;
  sendBufferSize: bigint;
}

const nsPerSecond = 1_000_000_000n;

/** Linux's. */
export const defaultTcpOptions: Readonly<TcpOptions> = {
  backlog: 128,
  keepAlive: false,
  keepAliveIdleTime: 7_200n * nsPerSecond,
  keepAliveInterval: 75n * nsPerSecond,
  keepAliveCount: 9,
  hopLimit: 64,
  receiveBufferSize: 65_536n,
  sendBufferSize: 65_536n,
};
