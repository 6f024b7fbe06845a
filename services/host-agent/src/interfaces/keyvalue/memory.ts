/** Buckets in this process's memory, of one workload each: gone with it. For development and tests. */
import { type Bucket, type KeyValueBackend, other, pageKeys } from "./bucket.ts";
import { encodeCounter, incremented } from "./counter.ts";

/** Bytes of keys and values that one workload may keep. */
const maxBytes = 64 * 1024 * 1024;
/** What an entry costs beside its bytes. */
const entryOverhead = 100;

export function memoryBackend(limitBytes = maxBytes): KeyValueBackend {
  const buckets = new Map<string, Bucket>();
  let used = 0;

  const makeRoom = (bytes: number) => {
    if (used + bytes > limitBytes) throw other(`the memory backend is full: ${limitBytes} bytes are allowed`);
    used += bytes;
  };

  const makeBucket = (): Bucket => {
    const values = new Map<string, { readonly value: Uint8Array; readonly id: bigint }>();
    let lastId = 0n;

    const remove = (key: string) => {
      const found = values.get(key);
      if (found && values.delete(key)) used -= cost(key, found.value);
    };
    const put = (key: string, value: Uint8Array) => {
      const before = values.get(key);
      makeRoom(cost(key, value) - (before ? cost(key, before.value) : 0));
      values.set(key, { value, id: before?.id ?? ++lastId });
    };

    return {
      get: async (key) => values.get(key)?.value.slice(),
      set: async (key, value) => put(key, value.slice()),
      delete: async (key) => remove(key),
      exists: async (key) => values.has(key),
      async listKeys(cursor = 0n) {
        // a Map keeps the order of insertion, so ids ascend
        const rest = [...values].filter(([, { id }]) => id > cursor);
        const page = rest.slice(0, pageKeys);
        const last = page.at(-1);
        const keys = page.map(([key]) => key);
        return rest.length > page.length && last ? { keys, cursor: last[1].id } : { keys };
      },
      async increment(key, delta) {
        const sum = incremented(values.get(key)?.value, delta);
        put(key, encodeCounter(sum));
        return sum;
      },
    };
  };

  return {
    async open(name) {
      const found = buckets.get(name) ?? makeBucket();
      buckets.set(name, found);
      return found;
    },
  };
}

const cost = (key: string, value: Uint8Array) => key.length * 2 + value.length + entryOverhead;
