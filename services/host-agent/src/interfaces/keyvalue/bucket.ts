/** What a key-value backend is to the rest of wasi:keyvalue. Limits, batches and error values are not its business: see limited.ts. */

export type KeyPage = {
  readonly keys: string[];
  /** Where the next page begins; absent on the last one. */
  readonly cursor?: bigint;
};

export type Bucket = {
  /** What was written before by this host is seen. */
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array): Promise<void>;
  /** Does nothing when there is no such key. */
  delete(key: string): Promise<void>;
  exists(key: string): Promise<boolean>;
  /** A page of about `pageKeys` keys in no order. A key that is there all the time is listed once. */
  listKeys(cursor: bigint | undefined): Promise<KeyPage>;
  /** Adds, wholly or not at all, whoever else adds; answers the sum. A key that is not there counts as 0. */
  increment(key: string, delta: bigint): Promise<bigint>;
};

export type KeyValueBackend = {
  /** The bucket of this name, made if need be. Throws NoSuchStore where that cannot be, AccessDenied where it must not. */
  open(name: string): Promise<Bucket>;
  close?(): Promise<void>;
};

export const pageKeys = 1_000;

/** Errors that the interface has a case for; everything else is its `other`. */
export class KeyValueError extends Error {
  override readonly name = "KeyValueError";
  readonly code: "NoSuchStore" | "AccessDenied" | "Other";

  constructor(code: "NoSuchStore" | "AccessDenied" | "Other", message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const other = (message: string, options?: ErrorOptions) => new KeyValueError("Other", message, options);
