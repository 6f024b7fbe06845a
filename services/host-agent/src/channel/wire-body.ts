/** Bodies of HTTP messages over the channel: none, whole, or a stream. Both ends use this. */
import type { RequestBody } from "../workloads/isolate.ts";
import { type ByteReceiver, type ByteSender, StreamBroken } from "./byte-stream.ts";
import type { Peer } from "./peer.ts";

export type WireBody = Uint8Array | { readonly stream: number } | undefined;

/** Puts a body on its way. `sent` resolves when the other end has all of it or wants no more; it rejects when the body itself broke off. */
export function sendBody(peer: Peer, body: RequestBody): { wire: WireBody; sent: Promise<void> } {
  if (body === undefined || body instanceof Uint8Array) return { wire: body, sent: Promise.resolve() };
  const sender = peer.sender();
  return { wire: { stream: sender.id }, sent: pump(body, sender) };
}

/** A body that came. A stream has to be read to its end or cancelled. */
export function receiveBody(peer: Peer, wire: WireBody): Uint8Array | ByteReceiver | undefined {
  return wire === undefined || wire instanceof Uint8Array ? wire : peer.receiver(wire.stream);
}

async function pump(from: AsyncIterable<Uint8Array>, to: ByteSender): Promise<void> {
  try {
    for await (const bytes of from) {
      to.write(bytes);
      await to.ready();
    }
    to.end();
  } catch (error) {
    // the other end wants no more: that is not this body's failure
    if (error instanceof StreamBroken && to.broken === error) return;
    to.abort(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
