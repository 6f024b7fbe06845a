/**
 * Reads a request's body. Node's own iterator closes the socket when its consumer stops early, so that no error could be answered,
 * and knows no idle limit; this one leaves the socket alone. A slow consumer is not the client's fault: the clock runs only while
 * bytes are waited for.
 */
import type { IncomingMessage } from "node:http";
import { s3Error } from "@holdfast/s3-protocol";

/** The bytes as they arrive. Throws RequestTimeout after `idleMs` without any, IncompleteBody when the connection ends early. */
export async function* readBody(request: IncomingMessage, idleMs: number): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const bytes: Uint8Array | null = request.read();
    if (bytes !== null) yield bytes;
    else if (request.readableEnded) return;
    else if (request.destroyed) throw s3Error("IncompleteBody");
    else await moved(request, idleMs);
  }
}

/** Resolves when there is something new to know about the body. */
function moved(request: IncomingMessage, idleMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      clearTimeout(timer);
      for (const event of events) request.off(event, onMove);
      if (error) reject(error);
      else resolve();
    };
    const onMove = () => settle();
    const timer = setTimeout(() => settle(s3Error("RequestTimeout")), idleMs);
    for (const event of events) request.once(event, onMove);
  });
}
const events = ["readable", "end", "error", "close"] as const;
