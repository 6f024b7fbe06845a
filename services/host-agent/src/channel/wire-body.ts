/** Bodies of HTTP messages over the channel: none, whole, or a stream with trailers behind it. Both ends use this. */
import type { HeaderList, RequestBody, Trailers } from "../workloads/isolate.ts";
import { ByteReceiver, type ByteSender, StreamBroken } from "./byte-stream.ts";
import type { Peer } from "./peer.ts";

export type WireBody = Uint8Array | { readonly stream: number } | undefined;

/** Puts a body on its way. `sent` resolves when the other end has all of it or wants no more; it rejects when the body itself broke off. */
export function sendBody(peer: Peer, body: RequestBody, trailers?: Trailers): { wire: WireBody; sent: Promise<void> } {
  const isWhole = body === undefined || body instanceof Uint8Array;
  if (isWhole && trailers?.() === undefined) return { wire: body, sent: Promise.resolve() };
  const sender = peer.sender();
  return { wire: { stream: sender.id }, sent: pump(isWhole ? onePiece(body) : body, sender, trailers) };
}

/** A body that came. A stream has to be read to its end or cancelled. */
export function receiveBody(peer: Peer, wire: WireBody): Uint8Array | ByteReceiver | undefined {
  return wire === undefined || wire instanceof Uint8Array ? wire : peer.receiver(wire.stream);
}

/** A body that came for nobody: its sender is told to stop, and nothing of it is kept. */
export function discardBody(peer: Peer, wire: WireBody): void {
  const received = receiveBody(peer, wire);
  if (received instanceof ByteReceiver) received.cancel();
}

/** What came behind a body. */
export function trailersOf(body: Uint8Array | ByteReceiver | undefined): Trailers {
  // both ends are this package's own: what `sendBody` put there
  return () => (body instanceof ByteReceiver ? (body.trailers as HeaderList | undefined) : undefined);
}

// oxlint-disable-next-line typescript/require-await -- a stream of what is there already
async function* onePiece(bytes: Uint8Array | undefined): AsyncGenerator<Uint8Array, void> {
  if (bytes !== undefined) yield bytes;
}

async function pump(from: AsyncIterable<Uint8Array>, to: ByteSender, trailers: Trailers | undefined): Promise<void> {
  try {
    for await (const bytes of from) {
      to.write(bytes);
      await to.ready();
    }
    to.end(trailers?.());
  } catch (error) {
    // the other end wants no more: that is not this body's failure
    if (error instanceof StreamBroken && to.broken === error) return;
    to.abort(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
