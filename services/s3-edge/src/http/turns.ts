/**
 * One request of a connection at a time. RFC 9112, 9.3.2: pipelined requests may be worked on in parallel only when none of them
 * changes anything; done in turn, a read behind a write sees it. Nobody who speaks S3 pipelines, so few may wait.
 */
import type { Socket } from "node:net";

const maxWaiting = 16;

export class Turns {
  readonly #waiting = new WeakMap<Socket, (() => void)[]>();

  /**
   * To be awaited before a request of this connection is worked on, followed by `give`. "refused": the connection was ended, because
   * too many wait on it or because it had been before.
   */
  take(socket: Socket): Promise<void> | undefined | "refused" {
    if (socket.destroyed) return "refused";
    const waiting = this.#waiting.get(socket);
    if (!waiting) {
      this.#waiting.set(socket, []);
      return undefined;
    }
    if (waiting.length < maxWaiting) return new Promise((resolve) => void waiting.push(resolve));
    socket.destroy();
    return "refused";
  }

  /** The request is answered: the next one's turn. */
  give(socket: Socket): void {
    const next = this.#waiting.get(socket)?.shift();
    if (next) next();
    else this.#waiting.delete(socket);
  }
}
