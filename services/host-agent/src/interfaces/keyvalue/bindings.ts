/** `wasi:keyvalue` as a component sees it: buckets are names here, and what they hold lies behind the backend. */
import { suspending } from "@holdfast/component-host";
import { suspendingMethods } from "@holdfast/wasi";
import type { BindInterface, Remote } from "../../bindings.ts";
import type { KeyValueOperations } from "./operations.ts";

export const bind: BindInterface<KeyValueOperations> = (backend) => {
  const Bucket = bucketClass(backend);
  type Bucket = InstanceType<typeof Bucket>;

  return {
    "wasi:keyvalue/store@0.2.0-draft": {
      Bucket,
      open: suspending(async (identifier: string) => {
        await backend.open(identifier);
        return new Bucket(identifier);
      }),
    },
    "wasi:keyvalue/atomics@0.2.0-draft": {
      increment: suspending(({ store }: Bucket, key: string, delta: bigint) => backend.increment(store, key, delta)),
    },
    "wasi:keyvalue/batch@0.2.0-draft": {
      getMany: suspending(({ store }: Bucket, keys: string[]) => backend.getMany(store, keys)),
      setMany: suspending(({ store }: Bucket, keyValues: [string, Uint8Array][]) => backend.setMany(store, keyValues)),
      deleteMany: suspending(({ store }: Bucket, keys: string[]) => backend.deleteMany(store, keys)),
    },
  };
};

function bucketClass(backend: Remote<KeyValueOperations>) {
  return class Bucket {
    /** What it was opened by. */
    readonly store: string;

    constructor(store: string) {
      this.store = store;
    }

    get(key: string): Promise<Uint8Array | undefined> {
      return backend.get(this.store, key);
    }

    set(key: string, value: Uint8Array): Promise<void> {
      return backend.set(this.store, key, value);
    }

    delete(key: string): Promise<void> {
      return backend.delete(this.store, key);
    }

    exists(key: string): Promise<boolean> {
      return backend.exists(this.store, key);
    }

    listKeys(cursor: bigint | undefined) {
      return backend.listKeys(this.store, cursor);
    }

    static {
      suspendingMethods(this.prototype, "get", "set", "delete", "exists", "listKeys");
    }
  };
}
