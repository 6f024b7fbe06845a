/** Work that nobody waits for but the end of the process: freeing the chunks of writes that came to nothing. */
export class Background {
  readonly #running = new Set<Promise<void>>();

  /** `work` must not reject. */
  run(work: Promise<void>): void {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Resolves when all of it is done. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
