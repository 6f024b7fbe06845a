/**
 * wasi:blobstore as plain calls with plain data, over any backend: names and limits, what is composed of several steps, errors as text.
 */
import { InterfaceError } from "../../plugin.ts";
import { type BlobStoreBackend, noObject } from "./backend.ts";
import { blobStoreLimits } from "./limits.ts";
import { type Opened, transfers } from "./transfers.ts";

export type ContainerMetadata = { readonly name: string; /** Seconds since 1970. */ readonly createdAt: bigint };
export type ObjectMetadata = {
  readonly name: string;
  readonly container: string;
  readonly createdAt: bigint;
  readonly size: bigint;
};
export type ObjectId = { readonly container: string; readonly object: string };

/** The operations that bindings call. Everything rejects with an InterfaceError whose payload is text. */
export type BlobStoreOperations = {
  readonly createContainer: (name: string) => Promise<ContainerMetadata>;
  readonly getContainer: (name: string) => Promise<ContainerMetadata>;
  readonly deleteContainer: (name: string) => Promise<void>;
  readonly containerExists: (name: string) => Promise<boolean>;
  readonly copyObject: (from: ObjectId, to: ObjectId) => Promise<void>;
  readonly moveObject: (from: ObjectId, to: ObjectId) => Promise<void>;
  readonly objectInfo: (container: string, name: string) => Promise<ObjectMetadata>;
  readonly hasObject: (container: string, name: string) => Promise<boolean>;
  readonly deleteObjects: (container: string, names: string[]) => Promise<void>;
  readonly clear: (container: string) => Promise<void>;
  /** Names after `after`, "" at first. */
  readonly listObjects: (container: string, after: string) => Promise<{ names: string[]; isLast: boolean }>;
  /** Both ends inclusive, as in WIT; what is beyond the object's end is left out. */
  readonly openRead: (container: string, name: string, start: bigint, end: bigint) => Promise<Opened>;
  /** The next bytes; undefined at the end, which closes the handle. */
  readonly read: (handle: number) => Promise<Uint8Array | undefined>;
  readonly closeRead: (handle: number) => Promise<void>;
  readonly openWrite: (container: string, name: string) => Promise<number>;
  readonly write: (handle: number, bytes: Uint8Array) => Promise<void>;
  readonly finishWrite: (handle: number) => Promise<void>;
  readonly abortWrite: (handle: number) => Promise<void>;
};

/** One hostInterfaces entry with its backend. */
export type BlobStore = { readonly backend: BlobStoreBackend; readonly config: Readonly<Record<string, string>> };

/** Where something is: the backend, and what the container is called there. */
export type Place = { readonly backend: BlobStoreBackend; readonly bucket: string };

/** The operations over a workload's stores by entry name. `closeAll` ends what it left open. */
export function blobStoreOperations(
  stores: ReadonlyMap<string, BlobStore>,
): BlobStoreOperations & { readonly closeAll: () => Promise<void> } {
  const at = (container: string) => choose(stores, container);
  const atObject = (container: string, name: string) => {
    requireName("an object's name", name);
    return at(container);
  };
  const { closeAll, ...bytes } = transfers(atObject);

  const copy = async (from: ObjectId, to: ObjectId) => {
    const source = atObject(from.container, from.object);
    const target = atObject(to.container, to.object);
    const { bytes: pieces } = await source.backend.read(source.bucket, from.object, (size) => ({
      start: 0,
      end: size,
    }));
    const writer = await target.backend.write(target.bucket, to.object);
    try {
      for await (const piece of pieces) await writer.write(piece);
      await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  };

  const remove = async (container: string, names: readonly string[]) => {
    if (names.length > blobStoreLimits.names) {
      throw new Error(`${names.length} names in one call, and ${blobStoreLimits.names} are allowed`);
    }
    for (const name of names) requireName("an object's name", name);
    const { backend, bucket } = at(container);
    if (names.length > 0) await backend.delete(bucket, names);
  };

  const clear = async ({ backend, bucket }: Place) => {
    let isLast = false;
    while (!isLast) {
      const page = await backend.list(bucket, "", blobStoreLimits.page);
      if (page.names.length > 0) await backend.delete(bucket, page.names);
      ({ isLast } = page);
    }
  };

  return {
    closeAll,
    openRead: inWords(bytes.openRead),
    read: inWords(bytes.read),
    closeRead: inWords(bytes.closeRead),
    openWrite: inWords(bytes.openWrite),
    write: inWords(bytes.write),
    finishWrite: inWords(bytes.finishWrite),
    abortWrite: inWords(bytes.abortWrite),
    createContainer: inWords(async (name) => {
      const { backend, bucket } = at(name);
      return containerMetadata(name, await backend.createContainer(bucket));
    }),
    getContainer: inWords(async (name) => {
      const { backend, bucket } = at(name);
      return containerMetadata(name, await backend.container(bucket));
    }),
    deleteContainer: inWords(async (name) => {
      const place = at(name);
      await clear(place);
      await place.backend.deleteContainer(place.bucket);
    }),
    containerExists: inWords(async (name) => {
      const { backend, bucket } = at(name);
      return backend.hasContainer(bucket);
    }),
    copyObject: inWords(copy),
    moveObject: inWords(async (from, to) => {
      await copy(from, to);
      const isSame = from.container === to.container && from.object === to.object;
      if (!isSame) await remove(from.container, [from.object]);
    }),
    objectInfo: inWords(async (container, name) => {
      const { backend, bucket } = atObject(container, name);
      const found = await backend.object(bucket, name);
      if (found === undefined) throw noObject(container, name);
      return { name, container, size: BigInt(found.size), createdAt: seconds(found.createdAt) };
    }),
    hasObject: inWords(async (container, name) => {
      const { backend, bucket } = atObject(container, name);
      return (await backend.object(bucket, name)) !== undefined;
    }),
    deleteObjects: inWords(remove),
    clear: inWords((container) => clear(at(container))),
    listObjects: inWords(async (container, after) => {
      const { backend, bucket } = at(container);
      return backend.list(bucket, after, blobStoreLimits.page);
    }),
  };
}

const seconds = (ms: number) => BigInt(Math.floor(ms / 1_000));
const containerMetadata = (name: string, { createdAt }: { createdAt: number }) => ({
  name,
  createdAt: seconds(createdAt),
});

function choose(stores: ReadonlyMap<string, BlobStore>, container: string): Place {
  requireName("a container's name", container);
  const named = stores.get(container);
  if (named !== undefined) return { backend: named.backend, bucket: named.config.bucket ?? container };
  const nameless = stores.get("");
  if (nameless === undefined) throw new Error(`no hostInterfaces entry is named ${JSON.stringify(container)}`);
  return { backend: nameless.backend, bucket: container };
}

function requireName(what: string, name: string): void {
  const length = Buffer.byteLength(name);
  if (length === 0) throw new Error(`${what} has at least one character`);
  if (length > blobStoreLimits.name)
    throw new Error(`${what} has ${length} bytes, and ${blobStoreLimits.name} are allowed`);
}

/** The interface's only error is text. */
function inWords<A extends unknown[], R>(run: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await run(...args);
    } catch (error) {
      throw new InterfaceError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  };
}
