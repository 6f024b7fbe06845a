import { createHash, randomBytes } from "node:crypto";
import { objectMetadata } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import { startMesh, temporaryFolder, type TestMesh } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/nats-core";
import { Objm } from "@nats-io/obj";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesystemBlobStore } from "../../src/interfaces/blobstore/filesystem.ts";
import { memoryBlobStore } from "../../src/interfaces/blobstore/memory.ts";
import { natsBlobStore } from "../../src/interfaces/blobstore/nats.ts";
import { blobStoreOperations } from "../../src/interfaces/blobstore/operations.ts";
import { describeBlobStoreBackend, readObject, writeObject } from "./blobstore-suite.ts";

const stack = new AsyncDisposableStack();
let mesh: TestMesh;
let nc: NatsConnection;
let folder: string;

beforeAll(async () => {
  mesh = stack.use(await startMesh({ edges: 0, auth: 0, multipart: 0 }));
  nc = await mesh.connectAdmin();
  folder = stack.use(await temporaryFolder()).path;
});
afterAll(() => stack.disposeAsync());

const owner = "workloads.default";
const natsBackend = (allowed?: readonly string[], as = owner) =>
  natsBlobStore({ nc, metadata: client(nc, objectMetadata), allowed, owner: as });
const operationsOn = (backend: ReturnType<typeof natsBackend>) =>
  blobStoreOperations(new Map([["", { backend, config: {} }]]));

describeBlobStoreBackend("NATS Object Store", async () => natsBackend());
describeBlobStoreBackend("memory", async () => memoryBlobStore());
describeBlobStoreBackend("files", async () => filesystemBlobStore(folder));

describe("NATS Object Store", () => {
  test.for([100, 500_000])(
    "is the S3 store: %d bytes of a component have ETag and SHA-256, and plain clients read them",
    async (size) => {
      const operations = operationsOn(natsBackend());
      const container = `shared-${size}`;
      await operations.createContainer(container);
      const bytes = randomBytes(size);
      await writeObject(operations, container, "dir/object", bytes);
      const { object } = await client(nc, objectMetadata).ResolveObject({ bucket: container, key: "dir/object" });
      expect(object.etag).toBe(createHash("md5").update(bytes).digest("hex"));
      const store = await new Objm(nc).open(container);
      expect((await store.info("dir/object"))?.digest).toBe(`SHA-256=${object.sha256}`);
      const read = await store.getBlob("dir/object");
      expect(Buffer.from(read ?? []).equals(bytes)).toBe(true);
    },
  );

  test("reads what a plain client wrote, where it may", async () => {
    const store = await new Objm(nc).create("plain-bucket");
    await store.putBlob({ name: "theirs" }, Buffer.from("from a client"));
    const allowed = operationsOn(natsBackend(["plain-bucket"]));
    expect((await readObject(allowed, "plain-bucket", "theirs")).toString()).toBe("from a client");
  });

  test("hides the buckets of others: neither read, nor written, nor seen", async () => {
    const metadata = client(nc, objectMetadata);
    await metadata.CreateBucket({ bucket: "of-alice", owner: "alice" });
    const hidden = { payload: expect.stringMatching(/config\.buckets/) };
    const operations = operationsOn(natsBackend());
    expect(await operations.containerExists("of-alice")).toBe(false);
    for (const call of [
      () => operations.getContainer("of-alice"),
      () => operations.listObjects("of-alice", ""),
      () => operations.openRead("of-alice", "secret", 0n, 10n),
      () => operations.openWrite("of-alice", "secret"),
      () => operations.deleteContainer("of-alice"),
    ]) {
      await expect(call()).rejects.toMatchObject(hidden);
    }
    const named = operationsOn(natsBackend(["of-alice"]));
    await writeObject(named, "of-alice", "a", Buffer.from("x"));
    await expect(named.createContainer("not-in-the-list")).rejects.toMatchObject(hidden);
    expect(await operationsOn(natsBackend(["*"])).containerExists("of-alice")).toBe(true);
    expect(await operationsOn(natsBackend(undefined, "alice")).containerExists("of-alice")).toBe(true);
  });

  test.for(["a b", "..", "UPPER", "x", "a/b", "ü"])("makes no container named %j, as S3 does not", async (name) => {
    await expect(operationsOn(natsBackend()).createContainer(name)).rejects.toMatchObject({
      payload: expect.any(String),
    });
  });

  test("frees the chunks of what is given up", async () => {
    const operations = operationsOn(natsBackend());
    await operations.createContainer("given-up");
    const handle = await operations.openWrite("given-up", "large");
    await operations.write(handle, randomBytes(2_000_000));
    await operations.abortWrite(handle);
    const status = await (await new Objm(nc).open("given-up")).status();
    expect(status.size).toBe(0);
  });
});

describe("stores by name", () => {
  test("a named entry stands for the container config.bucket", async () => {
    const backend = memoryBlobStore();
    await backend.createContainer("real-name");
    const operations = blobStoreOperations(new Map([["assets", { backend, config: { bucket: "real-name" } }]]));
    await writeObject(operations, "assets", "a", Buffer.from("x"));
    expect(await backend.object("real-name", "a")).toMatchObject({ size: 1 });
    expect(await operations.getContainer("assets")).toMatchObject({ name: "assets" });
    await expect(operations.getContainer("real-name")).rejects.toMatchObject({
      payload: expect.stringMatching(/no hostInterfaces entry/),
    });
  });
});

describe("memory", () => {
  test("is limited, and gives back what was freed", async () => {
    const operations = blobStoreOperations(new Map([["", { backend: memoryBlobStore(10_000), config: {} }]]));
    await operations.createContainer("c");
    await writeObject(operations, "c", "a", new Uint8Array(6_000));
    await expect(writeObject(operations, "c", "b", new Uint8Array(6_000))).rejects.toMatchObject({
      payload: expect.stringMatching(/full/),
    });
    await operations.deleteObjects("c", ["a"]);
    await writeObject(operations, "c", "b", new Uint8Array(6_000));
  });
});
