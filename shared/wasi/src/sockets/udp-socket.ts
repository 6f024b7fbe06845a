import { Trap } from "@holdfast/component-host";
import { Pollable, alwaysReady } from "../io/poll.ts";
import { checkFamily, checkRemote, isLoopback, isSameAddress, isUnspecified } from "./address.ts";
import { loopbackAddress, socketAddress } from "./address.ts";
import type { Family, SocketAddress } from "./address.ts";
import { socketError } from "./error-code.ts";
import type { SocketContext } from "./socket-context.ts";
import { positive } from "./socket-options.ts";
import type { Binding, Mailbox, VirtualLoopback } from "./virtual-loopback.ts";

/** As much as a packet of IP version 4 carries. */
const maxDatagramBytes = 65_507;
/** Datagrams that one call sends or receives. */
const maxBatch = 64;

/** `incoming-datagram`. */
export interface IncomingDatagram {
  data: Uint8Array;
  remoteAddress: SocketAddress;
}

/** `outgoing-datagram`. */
export interface OutgoingDatagram {
  data: Uint8Array;
  remoteAddress: SocketAddress | undefined;
}

type State =
  | { name: "unbound" }
  | { name: "binding" | "bound"; binding: Binding<Mailbox>; local: SocketAddress; remote: SocketAddress | undefined };

/**
 * `wasi:sockets/udp.udp-socket`, on the workload's own loopback.
 * Gap: no datagram leaves the host, whatever the policy: sending one elsewhere is `access-denied`.
 */
export class UdpSocket {
  readonly #family: Family;
  readonly #context: SocketContext;
  #state: State = { name: "unbound" };
  #hopLimit = 64;
  #receiveBufferSize = 65_536n;
  #sendBufferSize = 65_536n;

  constructor(family: Family, context: SocketContext) {
    context.add(this);
    this.#family = family;
    this.#context = context;
  }

  startBind(_network: object, local: SocketAddress): void {
    if (this.#state.name !== "unbound") throw socketError("invalid-state");
    checkFamily(local, this.#family);
    // any port, to be answered at; one of its own is for who serves there
    if (local.val.port !== 0 && !this.#context.mayListen) throw socketError("access-denied");
    if (!isLoopback(local) && !isUnspecified(local)) throw socketError("address-not-bindable");
    const binding = this.#context.loopback().bindUdp(this.#family, local.val.port);
    const bound = socketAddress(local.val.address, binding.port);
    this.#state = { name: "binding", binding, local: bound, remote: undefined };
  }

  finishBind(): void {
    if (this.#state.name !== "binding") throw socketError("not-in-progress");
    this.#state = { ...this.#state, name: "bound" };
  }

  stream(remote: SocketAddress | undefined): [IncomingDatagramStream, OutgoingDatagramStream] {
    const state = this.#bound();
    if (remote !== undefined) {
      checkRemote(remote, this.#family);
      checkReachable(remote);
    }
    state.remote = remote;
    const link: Link = {
      family: this.#family,
      mailbox: state.binding.holder,
      port: state.binding.port,
      remote,
      loopback: this.#context.loopback(),
    };
    return [new IncomingDatagramStream(link), new OutgoingDatagramStream(link)];
  }

  localAddress(): SocketAddress {
    return this.#bound().local;
  }

  remoteAddress(): SocketAddress {
    const { remote } = this.#bound();
    if (remote === undefined) throw socketError("invalid-state");
    return remote;
  }

  addressFamily(): Family {
    return this.#family;
  }

  unicastHopLimit(): number {
    return this.#hopLimit;
  }

  setUnicastHopLimit(value: number): void {
    this.#hopLimit = positive(value);
  }

  receiveBufferSize(): bigint {
    return this.#receiveBufferSize;
  }

  setReceiveBufferSize(value: bigint): void {
    this.#receiveBufferSize = positive(value);
  }

  sendBufferSize(): bigint {
    return this.#sendBufferSize;
  }

  setSendBufferSize(value: bigint): void {
    this.#sendBufferSize = positive(value);
  }

  subscribe(): Pollable {
    return new Pollable(alwaysReady);
  }

  [Symbol.dispose](): void {
    this.#context.delete(this);
    // once: by the next time the port may be another's
    if (this.#state.name !== "unbound") this.#state.binding.release();
    this.#state = { name: "unbound" };
  }

  #bound() {
    if (this.#state.name !== "bound") throw socketError("invalid-state");
    return this.#state;
  }
}

/** What both streams of a socket share. */
interface Link {
  readonly family: Family;
  readonly mailbox: Mailbox;
  readonly port: number;
  readonly remote: SocketAddress | undefined;
  readonly loopback: VirtualLoopback;
}

function checkReachable(remote: SocketAddress): void {
  if (!isLoopback(remote)) throw socketError("access-denied");
}

/** `wasi:sockets/udp.incoming-datagram-stream`. */
export class IncomingDatagramStream {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  receive(maxResults: bigint): IncomingDatagram[] {
    const { mailbox, family, remote } = this.#link;
    const received: IncomingDatagram[] = [];
    const max = maxResults < BigInt(maxBatch) ? Number(maxResults) : maxBatch;
    while (received.length < max) {
      const datagram = mailbox.take();
      if (datagram === undefined) break;
      const remoteAddress = loopbackAddress(family, datagram.port);
      // a connected socket hears nobody else
      if (remote === undefined || remote.val.port === datagram.port)
        received.push({ data: datagram.data, remoteAddress });
    }
    return received;
  }

  subscribe(): Pollable {
    const { mailbox } = this.#link;
    return new Pollable({ isReady: () => !mailbox.isEmpty, onReady: (callback) => mailbox.waiters.add(callback) });
  }
}

/** `wasi:sockets/udp.outgoing-datagram-stream`. Never has to wait: what nobody takes in time is lost. */
export class OutgoingDatagramStream {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  checkSend(): bigint {
    return BigInt(maxBatch);
  }

  send(datagrams: readonly OutgoingDatagram[]): bigint {
    if (datagrams.length > maxBatch)
      throw new Trap(`${datagrams.length} datagrams where check-send permits ${maxBatch}`);
    let sent = 0n;
    for (const datagram of datagrams) {
      try {
        this.#send(datagram);
      } catch (error) {
        // those before it are on their way; the guest learns of this one when it tries it again
        if (sent > 0n) return sent;
        throw error;
      }
      sent++;
    }
    return sent;
  }

  subscribe(): Pollable {
    return new Pollable(alwaysReady);
  }

  #send({ data, remoteAddress }: OutgoingDatagram): void {
    const { family, port, remote, loopback } = this.#link;
    const to = remoteAddress ?? remote;
    if (to === undefined || (remote !== undefined && !isSameAddress(to, remote))) throw socketError("invalid-argument");
    checkRemote(to, family);
    checkReachable(to);
    if (data.length > maxDatagramBytes) throw socketError("datagram-too-large");
    loopback.send(family, to.val.port, { data, port });
  }
}
