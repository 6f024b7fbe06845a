/**
 * wasi:keyvalue as plain calls with plain data, over any backend: what every backend has in common. Limits on all sizes and counts,
 * batches, which names may be opened, and error values.
 */
import { InterfaceError } from "../../plugin.ts";
import { listOf } from "../entries.ts";
import { type Bucket, type KeyPage, type KeyValueBackend, KeyValueError, other } from "./bucket.ts";

/** `wasi:keyvalue/store.error` in its JS shape. */
export type StoreError = { tag: "no-such-store" } | { tag: "access-denied" } | { tag: "other"; val: string };

export const keyValueLimits = {
  /** Bytes of UTF-8. */
  key: 1_024,
  /** Bytes; a backend may take less. */
  value: 7 * 1024 * 1024,
  /** Keys in one call. */
  batchKeys: 1_000,
  /** Bytes of values in one call. */
  batchBytes: 32 * 1024 * 1024,
  /** Buckets that one workload has open. */
  buckets: 100,
} as const;

/** How many keys of one batch are on their way at once. */
const batchParallel = 32;

/** The operations that bindings call. `store` is what was opened. Everything rejects with an InterfaceError whose payload is a StoreError. */
export type KeyValueOperations = {
  open(store: string): Promise<void>;
  get(store: string, key: string): Promise<Uint8Array | undefined>;
  set(store: string, key: string, value: Uint8Array): Promise<void>;
  delete(store: string, key: string): Promise<void>;
  exists(store: string, key: string): Promise<boolean>;
  listKeys(store: string, cursor: bigint | undefined): Promise<KeyPage>;
  increment(store: string, key: string, delta: bigint): Promise<bigint>;
  getMany(store: string, keys: string[]): Promise<([string, Uint8Array] | undefined)[]>;
  setMany(store: string, keyValues: [string, Uint8Array][]): Promise<void>;
  deleteMany(store: string, keys: string[]): Promise<void>;
};

/** One hostInterfaces entry with its backend. */
export type Store = { readonly backend: KeyValueBackend; readonly config: Readonly<Record<string, string>> };

/**
 * The operations over a workload's stores by entry name. With a nameless entry, a component opens buckets by their names: any, or those of
 * `config.bucket` and `config.buckets` (then `default` is `config.bucket`). With named ones it opens an entry by its name, which stands
 * for the bucket `config.bucket`, else the one of that name.
 */
export function keyValueOperations(stores: ReadonlyMap<string, Store>): KeyValueOperations {
  const opened = new Map<string, Promise<Bucket>>();

  const bucketOf = (store: string): Promise<Bucket> => {
    const known = opened.get(store);
    if (known !== undefined) return known;
    if (opened.size >= keyValueLimits.buckets) throw other(`more than ${keyValueLimits.buckets} buckets are open`);
    const { backend, bucket } = choose(stores, store);
    const opening = backend.open(bucket);
    opened.set(store, opening);
    // the next one tries again; who waits for this one hears of it
    opening.catch(() => opened.delete(store));
    return opening;
  };

  const on = <T>(store: string, keys: readonly string[], work: (bucket: Bucket) => Promise<T>): Promise<T> =>
    asStoreError(async () => {
      if (keys.length > keyValueLimits.batchKeys)
        throw other(`${keys.length} keys in one call, and ${keyValueLimits.batchKeys} are allowed`);
      for (const key of keys) requireKey(key);
      return work(await bucketOf(store));
    });

  return {
    open: (store) => on(store, [], async () => undefined),
    get: (store, key) => on(store, [key], (bucket) => bucket.get(key)),
    set: (store, key, value) =>
      on(store, [key], (bucket) => {
        requireValue(value);
        return bucket.set(key, value);
      }),
    delete: (store, key) => on(store, [key], (bucket) => bucket.delete(key)),
    exists: (store, key) => on(store, [key], (bucket) => bucket.exists(key)),
    listKeys: (store, cursor) => on(store, [], (bucket) => bucket.listKeys(cursor)),
    increment: (store, key, delta) => on(store, [key], (bucket) => bucket.increment(key, delta)),
    getMany: (store, keys) =>
      on(store, keys, async (bucket) => {
        let bytes = 0;
        return inParallel(keys, async (key): Promise<[string, Uint8Array] | undefined> => {
          const value = await bucket.get(key);
          bytes += value?.length ?? 0;
          requireBatch(bytes);
          return value && [key, value];
        });
      }),
    setMany: (store, keyValues) =>
      on(
        store,
        keyValues.map(([key]) => key),
        async (bucket) => {
          for (const [, value] of keyValues) requireValue(value);
          requireBatch(keyValues.reduce((sum, [, value]) => sum + value.length, 0));
          // of a key that is there twice, the last value stays
          await inParallel([...new Map(keyValues)], ([key, value]) => bucket.set(key, value));
        },
      ),
    deleteMany: (store, keys) =>
      on(store, keys, async (bucket) => void (await inParallel([...new Set(keys)], (key) => bucket.delete(key)))),
  };
}

function choose(stores: ReadonlyMap<string, Store>, store: string): { backend: KeyValueBackend; bucket: string } {
  const named = store === "" ? undefined : stores.get(store);
  if (named !== undefined) return { backend: named.backend, bucket: named.config.bucket ?? store };
  const nameless = stores.get("");
  if (nameless === undefined)
    throw new KeyValueError("NoSuchStore", `no hostInterfaces entry is named ${JSON.stringify(store)}`);
  const { bucket, buckets } = nameless.config;
  const allowed =
    bucket === undefined && buckets === undefined
      ? undefined
      : [...(listOf(buckets) ?? []), ...(bucket === undefined ? [] : [bucket])];
  const wanted = (store === "default" || store === "") && bucket !== undefined ? bucket : store;
  if (allowed?.includes(wanted) === false)
    throw new KeyValueError("AccessDenied", `the bucket ${JSON.stringify(wanted)} is not in the configuration`);
  return { backend: nameless.backend, bucket: wanted };
}

function requireKey(key: string): void {
  if (key === "") throw other("a key has at least one character");
  const length = Buffer.byteLength(key);
  if (length > keyValueLimits.key) throw other(`the key has ${length} bytes, and ${keyValueLimits.key} are allowed`);
}

function requireValue({ length }: Uint8Array): void {
  if (length > keyValueLimits.value)
    throw other(`the value has ${length} bytes, and ${keyValueLimits.value} are allowed`);
}

function requireBatch(bytes: number): void {
  if (bytes > keyValueLimits.batchBytes)
    throw other(`the values have more than the allowed ${keyValueLimits.batchBytes} bytes`);
}

/** Results in the order of the items; the first failure ends it. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += batchParallel) {
    results.push(...(await Promise.all(items.slice(from, from + batchParallel).map(work))));
  }
  return results;
}

async function asStoreError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new InterfaceError(storeErrorOf(error), { cause: error });
  }
}

function storeErrorOf(error: unknown): StoreError {
  if (error instanceof KeyValueError && error.code === "NoSuchStore") return { tag: "no-such-store" };
  if (error instanceof KeyValueError && error.code === "AccessDenied") return { tag: "access-denied" };
  return { tag: "other", val: error instanceof Error ? error.message : String(error) };
}
