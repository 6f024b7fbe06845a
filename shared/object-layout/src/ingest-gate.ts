/**
 * Bounds what one connection has on its way into streams, over all writers together. nats-server refuses a publish (429) that would make
 * more than `max_buffered_size` (128 MiB unless configured) wait for one stream's disk, and what waits longer than its time-out fails:
 * with a slow disk both came from windows that are small each and too much together. A quarter of that keeps any link and disk busy.
 */
import type { NatsConnection } from "@nats-io/nats-core";

export const ingestBytes = 32 * 1024 * 1024;

type Waiter = { readonly bytes: number; readonly granted: () => void };

export class IngestGate {
  #inFlight = 0;
  #waiting: Waiter[] = [];

  get inFlight(): number {
    return this.#inFlight;
  }

  /** True: taken. False: `granted` is called, in turn, when the bytes were taken for it. More than the whole goes alone. */
  take(bytes: number, granted: () => void): boolean {
    if (this.#waiting.length === 0 && this.#hasRoom(bytes)) {
      this.#inFlight += bytes;
      return true;
    }
    this.#waiting.push({ bytes, granted });
    return false;
  }

  release(bytes: number): void {
    this.#inFlight -= bytes;
    for (let next = this.#waiting[0]; next && this.#hasRoom(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#inFlight += next.bytes;
      next.granted();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#inFlight === 0 || this.#inFlight + bytes <= ingestBytes;
  }
}

const gates = new WeakMap<NatsConnection, IngestGate>();

/** The gate that all writers on a connection share. */
export function ingestGateOf(nc: NatsConnection): IngestGate {
  const known = gates.get(nc);
  if (known !== undefined) return known;
  const gate = new IngestGate();
  gates.set(nc, gate);
  return gate;
}
