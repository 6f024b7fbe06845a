import { fsError } from "./error-code.ts";
import { OpenFile } from "./open-file.ts";
import type { Volume } from "./volume.ts";

/** What one instance has open: at most so many, and all of it closed when its call ends. */
export class OpenFiles {
  readonly #max: number;
  readonly #open = new Set<Disposable>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Before something is opened. */
  checkRoom(): void {
    if (this.#open.size >= this.#max) throw fsError("insufficient-memory");
  }

  file(fd: number, path: string, volume: Volume): OpenFile {
    const file = new OpenFile(fd, path, volume, (closed) => this.#open.delete(closed));
    this.#open.add(file);
    return file;
  }

  /** Something else that has to be closed; the answer forgets it. */
  add(other: Disposable): () => void {
    this.#open.add(other);
    return () => this.#open.delete(other);
  }

  reset(): void {
    // clearing an empty set costs a new one
    if (this.#open.size === 0) return;
    for (const each of this.#open) each[Symbol.dispose]();
    this.#open.clear();
  }
}
