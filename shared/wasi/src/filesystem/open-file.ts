import { closeSync } from "node:fs";
import { fsError } from "./error-code.ts";
import type { OpenDirectory } from "./directory-walk.ts";
import type { Volume } from "./volume.ts";

/** An open file or directory of the host. A descriptor and the streams it made share it; the last one closes it. */
export class OpenFile implements OpenDirectory {
  readonly path: string;
  readonly volume: Volume;
  readonly #onClose: ((file: OpenFile) => void) | undefined;
  #fd: number | undefined;
  #users = 1;

  constructor(fd: number, path: string, volume: Volume, onClose?: (file: OpenFile) => void) {
    this.#fd = fd;
    this.path = path;
    this.volume = volume;
    this.#onClose = onClose;
    volume.opened(fd);
  }

  /** Never a number that is closed: the system may have given it to somebody else's file. */
  get fd(): number {
    if (this.#fd === undefined) throw fsError("bad-descriptor");
    return this.#fd;
  }

  retain(): this {
    this.#users++;
    return this;
  }

  release(): void {
    if (--this.#users === 0) this[Symbol.dispose]();
  }

  /** Closes it, whoever still uses it. */
  [Symbol.dispose](): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#fd = undefined;
    this.volume.closing(fd);
    closeSync(fd);
    this.#onClose?.(this);
  }
}
