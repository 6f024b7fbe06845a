import type { Dir } from "node:fs";
import { io } from "./error-code.ts";
import type { OpenFiles } from "./open-files.ts";
import { typeOf } from "./stat.ts";
import type { DescriptorType } from "./stat.ts";

/** `wasi:filesystem/types.directory-entry-stream`: without `.` and `..`. */
export class DirectoryEntryStream {
  readonly #directory: Dir;
  readonly #forget: () => void;
  #isClosed = false;

  constructor(directory: Dir, open: OpenFiles) {
    this.#directory = directory;
    this.#forget = open.add(this);
  }

  readDirectoryEntry(): { type: DescriptorType; name: string } | undefined {
    if (this.#isClosed) return undefined;
    const entry = io(() => this.#directory.readSync());
    return entry === null ? undefined : { type: typeOf(entry), name: entry.name };
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#directory.closeSync();
    this.#forget();
  }
}
