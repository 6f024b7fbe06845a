import type { NatsConnection } from "@nats-io/nats-core";
import { InvalidArgumentError, NatsConnectionImpl } from "@nats-io/nats-core/internal";

/** Headers as they go over the wire: MsgHdrs of the library, or bytes made beforehand. */
export type EncodedHeaders = { encode(): Uint8Array };

export type PiecesOptions = { reply: string; headers?: EncodedHeaders | undefined };

const lineEnd = Buffer.from("\r\n");

/**
 * Publishes one message whose payload lies in several buffers, in order with everything published before. Nothing is copied: the pieces
 * must not be changed until the answer is here. Throws as `nc.publish` does, InvalidArgumentError for more than the server's max_payload.
 */
export function publishPieces(
  nc: NatsConnection,
  subject: string,
  pieces: readonly Uint8Array[],
  { reply, headers }: PiecesOptions,
): void {
  if (!(nc instanceof NatsConnectionImpl)) throw new TypeError("not a connection of @nats-io/nats-core");
  nc._check(subject, false, true);
  const { protocol } = nc;
  const head = headers?.encode();
  let bytes = head?.length ?? 0;
  for (const piece of pieces) bytes += piece.length;
  if (protocol.info && bytes > protocol.info.max_payload) {
    throw InvalidArgumentError.format("payload", "max_payload size exceeded");
  }
  // As nc.publish does: without a connection, messages go nowhere.
  if (!protocol.connected) return;
  protocol.outBytes += bytes;
  protocol.outMsgs++;
  // What the library still holds was published before.
  protocol["flushPending"]();
  const { transport } = protocol;
  const line = head ? `HPUB ${subject} ${reply} ${head.length} ${bytes}\r\n` : `PUB ${subject} ${reply} ${bytes}\r\n`;
  transport.send(Buffer.from(line));
  if (head) transport.send(head);
  for (const piece of pieces) if (piece.length > 0) transport.send(piece);
  transport.send(lineEnd);
}
