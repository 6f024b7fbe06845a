/** Containers in this process's memory, of one workload each: gone with it. For development and tests. */
import { type BlobStoreBackend, containerExists, noContainer, noObject, type ObjectWriter } from "./backend.ts";

type Stored = { readonly bytes: Uint8Array; readonly createdAt: number };
type Container = { readonly createdAt: number; readonly objects: Map<string, Stored> };

/** Bytes of objects that one workload may keep. */
const maxBytes = 256 * 1024 * 1024;
/** What an object costs beside its bytes. */
const objectOverhead = 256;

export function memoryBlobStore(limitBytes = maxBytes): BlobStoreBackend {
  const containers = new Map<string, Container>();
  let used = 0;

  const makeRoom = (bytes: number) => {
    if (used + bytes > limitBytes) throw new Error(`the memory backend is full: ${limitBytes} bytes are allowed`);
    used += bytes;
  };
  const open = (name: string): Container => {
    const container = containers.get(name);
    if (container === undefined) throw noContainer(name);
    return container;
  };
  const find = (name: string, object: string): Stored => {
    const stored = open(name).objects.get(object);
    if (stored === undefined) throw noObject(name, object);
    return stored;
  };
  const remove = ({ objects }: Container, name: string) => {
    const stored = objects.get(name);
    if (stored && objects.delete(name)) used -= stored.bytes.length + objectOverhead;
  };

  const writer = (containerName: string, name: string): ObjectWriter => {
    let pieces: Uint8Array[] = [];
    let taken = 0;
    const forget = () => {
      used -= taken;
      taken = 0;
      pieces = [];
    };
    return {
      async write(bytes) {
        makeRoom(bytes.length);
        taken += bytes.length;
        pieces.push(bytes);
      },
      async finish() {
        const container = open(containerName);
        const bytes = Buffer.concat(pieces);
        remove(container, name);
        forget();
        makeRoom(bytes.length + objectOverhead);
        container.objects.set(name, { bytes, createdAt: Date.now() });
      },
      async abort() {
        forget();
      },
    };
  };

  return {
    async createContainer(name) {
      if (containers.has(name)) throw containerExists(name);
      const container = { createdAt: Date.now(), objects: new Map<string, Stored>() };
      containers.set(name, container);
      return container;
    },
    hasContainer: async (name) => containers.has(name),
    container: async (name) => open(name),
    async deleteContainer(name) {
      if (open(name).objects.size > 0) throw new Error(`the container ${JSON.stringify(name)} is not empty`);
      containers.delete(name);
    },
    async object(container, name) {
      const stored = open(container).objects.get(name);
      return stored && { size: stored.bytes.length, createdAt: stored.createdAt };
    },
    async read(container, name, choose) {
      const { bytes } = find(container, name);
      const range = choose(bytes.length);
      return { range, bytes: once(bytes.subarray(range.start, range.end)) };
    },
    async write(container, name) {
      open(container);
      return writer(container, name);
    },
    async list(container, after, max) {
      const names = [...open(container).objects.keys()].filter((name) => name > after).toSorted();
      return { names: names.slice(0, max), isLast: names.length <= max };
    },
    async delete(container, names) {
      const found = open(container);
      for (const name of names) remove(found, name);
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  if (bytes.length > 0) yield bytes;
}
