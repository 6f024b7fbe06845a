import { suspendingMethods } from "@holdfast/wasi";
import type { Remote } from "../../bindings.ts";
import type { BlobStoreOperations } from "./operations.ts";

/** Most names that one call gives; the next call goes on. */
const maxNames = 10_000;

/** `wasi:blobstore/container.stream-object-names`: the names of a container, fetched page by page as they are asked for. */
export function objectNamesClass(backend: Remote<BlobStoreOperations>) {
  return class StreamObjectNames {
    readonly #container: string;
    #names: string[] = [];
    #after = "";
    #isLastPage = false;

    constructor(container: string) {
      this.#container = container;
    }

    async readStreamObjectNames(count: bigint): Promise<[names: string[], isEnd: boolean]> {
      const wanted = Number(count < BigInt(maxNames) ? count : BigInt(maxNames));
      const names: string[] = [];
      while (names.length < wanted && (await this.#hasMore()))
        names.push(...this.#names.splice(0, wanted - names.length));
      return [names, !(await this.#hasMore())];
    }

    async skipStreamObjectNames(count: bigint): Promise<[skipped: bigint, isEnd: boolean]> {
      let skipped = 0n;
      while (skipped < count && (await this.#hasMore())) {
        const left = count - skipped;
        const passed = this.#names.splice(0, left < BigInt(this.#names.length) ? Number(left) : this.#names.length);
        skipped += BigInt(passed.length);
      }
      return [skipped, !(await this.#hasMore())];
    }

    /** Fetches the next page when the last one is used up. */
    async #hasMore(): Promise<boolean> {
      while (this.#names.length === 0 && !this.#isLastPage) {
        const page = await backend.listObjects(this.#container, this.#after);
        this.#names = page.names;
        this.#isLastPage = page.isLast || page.names.length === 0;
        this.#after = page.names.at(-1) ?? this.#after;
      }
      return this.#names.length > 0;
    }

    static {
      suspendingMethods(this.prototype, "readStreamObjectNames", "skipStreamObjectNames");
    }
  };
}
