import { Waiters } from "../io/waiters.ts";
import type { Family } from "./address.ts";
import { connectionPair } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { socketError, wouldBlock } from "./error-code.ts";

/** A connection that waits to be accepted, and the port that it came from. */
interface Arrival {
  connection: Connection;
  port: number;
}

/** A datagram as it arrives. */
export interface Datagram {
  data: Uint8Array;
  port: number;
}

const firstEphemeral = 49_152;
const lastPort = 65_535;

/**
 * 127.0.0.1 and ::1 of one workload, in memory: where its service listens and its components connect to. Nothing of the
 * host and no other workload is there, and port numbers are the workload's own.
 */
export class VirtualLoopback {
  readonly #tcp = new Ports<Listener>();
  readonly #udp = new Ports<Mailbox>();

  /** Port 0 asks for any. Throws `address-in-use`. */
  bindTcp(family: Family, port: number): Binding<Listener> {
    return this.#tcp.bind(family, port, new Listener());
  }

  bindUdp(family: Family, port: number): Binding<Mailbox> {
    return this.#udp.bind(family, port, new Mailbox());
  }

  /** The near end of a new connection; throws `connection-refused` when nobody listens or nobody accepts. */
  connect(family: Family, port: number): Connection & { localPort: number } {
    const [near, far] = connectionPair();
    const localPort = this.#tcp.nextEphemeral(family);
    const listener = this.#tcp.at(family, port);
    if (listener === undefined || !listener.offer({ connection: far, port: localPort })) {
      throw socketError("connection-refused");
    }
    return { ...near, localPort };
  }

  /** Gone when nobody is bound there or its mailbox is full, as UDP has it. */
  send(family: Family, port: number, datagram: Datagram): void {
    this.#udp.at(family, port)?.put(datagram);
  }
}

/** A port that is taken, until it is released. */
export interface Binding<T> {
  readonly port: number;
  readonly holder: T;
  release(): void;
}

class Ports<T> {
  readonly #taken = new Map<string, T>();
  #ephemeral = firstEphemeral;

  at(family: Family, port: number): T | undefined {
    return this.#taken.get(`${family} ${port}`);
  }

  bind(family: Family, wanted: number, holder: T): Binding<T> {
    const port = wanted === 0 ? this.nextEphemeral(family) : wanted;
    const key = `${family} ${port}`;
    if (this.#taken.has(key)) throw socketError("address-in-use");
    this.#taken.set(key, holder);
    return { port, holder, release: () => void this.#taken.delete(key) };
  }

  nextEphemeral(family: Family): number {
    for (let tries = firstEphemeral; tries <= lastPort; tries++) {
      const port = this.#ephemeral;
      this.#ephemeral = port === lastPort ? firstEphemeral : port + 1;
      if (this.at(family, port) === undefined) return port;
    }
    throw socketError("address-in-use");
  }
}

/** Connections that wait at a port that is listened on. */
export class Listener {
  readonly #arrivals: Arrival[] = [];
  readonly waiters = new Waiters();
  #backlog = 0;

  get hasArrivals(): boolean {
    return this.#arrivals.length > 0;
  }

  /** @param backlog how many may wait; the rest is refused */
  listen(backlog: number): void {
    this.#backlog = backlog;
  }

  offer(arrival: Arrival): boolean {
    if (this.#arrivals.length >= this.#backlog) return false;
    this.#arrivals.push(arrival);
    this.waiters.wake();
    return true;
  }

  accept(): Arrival {
    const arrival = this.#arrivals.shift();
    if (arrival === undefined) throw wouldBlock;
    return arrival;
  }

  close(): void {
    this.#backlog = 0;
    for (const { connection } of this.#arrivals.splice(0)) connection.close();
    this.waiters.wake();
  }
}

const maxDatagrams = 256;
const maxMailboxBytes = 1024 * 1024;

/** Datagrams that wait at a port. */
export class Mailbox {
  readonly #datagrams: Datagram[] = [];
  readonly waiters = new Waiters();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#datagrams.length === 0;
  }

  put(datagram: Datagram): void {
    if (this.#datagrams.length >= maxDatagrams || this.#bytes + datagram.data.length > maxMailboxBytes) return;
    this.#datagrams.push(datagram);
    this.#bytes += datagram.data.length;
    this.waiters.wake();
  }

  take(): Datagram | undefined {
    const datagram = this.#datagrams.shift();
    this.#bytes -= datagram?.data.length ?? 0;
    return datagram;
  }
}
