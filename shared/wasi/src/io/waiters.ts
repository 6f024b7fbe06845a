/** Those who wait for one thing to change. Made for every body and socket, so it holds nothing until somebody waits. */
export class Waiters {
  #callbacks: Set<() => void> | undefined;

  /** Calls back once, at the next `wake`. The answer stops it. */
  add(callback: () => void): () => void {
    const callbacks = (this.#callbacks ??= new Set());
    callbacks.add(callback);
    return () => callbacks.delete(callback);
  }

  wake(): void {
    const callbacks = this.#callbacks;
    if (callbacks === undefined) return;
    this.#callbacks = undefined;
    for (const callback of callbacks) callback();
  }
}
