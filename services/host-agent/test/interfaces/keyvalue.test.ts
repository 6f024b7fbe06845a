import { startNats, temporaryFolder, type TestNats } from "@holdfast/testkit";
import { Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/nats-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KeyValueBackend } from "../../src/interfaces/keyvalue/bucket.ts";
import { filesystemBackend } from "../../src/interfaces/keyvalue/filesystem.ts";
import { memoryBackend } from "../../src/interfaces/keyvalue/memory.ts";
import { natsKeyValueBackend } from "../../src/interfaces/keyvalue/nats.ts";
import { keyValueOperations, type Store } from "../../src/interfaces/keyvalue/operations.ts";
import { redisBackend } from "../../src/interfaces/keyvalue/redis.ts";
import { describeKeyValueBackend } from "./keyvalue-suite.ts";
import { findRedis, startRedis } from "./redis-server.ts";

const stack = new AsyncDisposableStack();
let nats: TestNats;
let nc: NatsConnection;
let folder: string;

beforeAll(async () => {
  nats = stack.use(await startNats());
  nc = await nats.connect();
  folder = stack.use(await temporaryFolder()).path;
});
afterAll(() => stack.disposeAsync());

const natsBackend = (options = {}) => natsKeyValueBackend(nc, { create: true, replicas: 1, ...options });

describeKeyValueBackend("NATS KV", async () => natsBackend());
describeKeyValueBackend("memory", async () => memoryBackend());
describeKeyValueBackend("files", async () => filesystemBackend(folder));

const redis = await findRedis();
if ("reason" in redis) process.stderr.write(`skipped: wasi:keyvalue on Redis: ${redis.reason}\n`);
describe.skipIf("reason" in redis)("Redis", () => {
  let url = "";
  const backends: KeyValueBackend[] = [];
  beforeAll(async () => {
    if (!("reason" in redis)) ({ url } = stack.use(await startRedis(redis)));
  });
  afterAll(async () => {
    for (const backend of backends) await backend.close?.();
  });

  describeKeyValueBackend("Redis", async () => {
    const backend = await redisBackend({ url });
    backends.push(backend);
    return backend;
  });

  test("counts beyond what a number of JavaScript holds", async () => {
    const backend = await redisBackend({ url });
    backends.push(backend);
    const bucket = await backend.open("large");
    await bucket.increment("n", 2n ** 53n);
    expect(await bucket.increment("n", 1n)).toBe(2n ** 53n + 1n);
  });

  test("that is away makes the workload's start fail, without the password in the message", async () => {
    const failure: unknown = await redisBackend({ url: "redis://me:secret@127.0.0.1:1", timeoutMs: 300 }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ message: "cannot connect to redis://127.0.0.1:1" });
  });
});

const store = (backend: KeyValueBackend, config = {}): Store => ({ backend, config });
const storeError = (tag: string) => ({ payload: { tag } });
const bytes = (...values: number[]) => Uint8Array.from(values);

describe("NATS KV", () => {
  test("is the bucket of that name for every client: keys, values, 8-byte big-endian counters", async () => {
    const operations = keyValueOperations(new Map([["", store(natsBackend())]]));
    await operations.set("shared", "from-component", bytes(1));
    await operations.increment("shared", "count", 258n);
    const kv = await new Kvm(nc).open("shared");
    expect((await kv.get("from-component"))?.value).toEqual(bytes(1));
    expect((await kv.get("count"))?.value).toEqual(bytes(0, 0, 0, 0, 0, 0, 1, 2));
    await kv.put("from-client", bytes(2));
    expect(await operations.get("shared", "from-client")).toEqual(bytes(2));
    await kv.purge("from-component");
    expect(await operations.get("shared", "from-component")).toBeUndefined();
    expect((await operations.listKeys("shared", undefined)).keys.toSorted()).toEqual(["count", "from-client"]);
  });

  test("lists each key of a bucket with a history once, as it is now", async () => {
    const kv = await new Kvm(nc).create("history", { history: 10 });
    for (const value of [1, 2, 3]) for (const key of ["a", "b", "c"]) await kv.put(key, bytes(value));
    await kv.delete("b");
    const operations = keyValueOperations(new Map([["", store(natsBackend())]]));
    expect((await operations.listKeys("history", undefined)).keys.toSorted()).toEqual(["a", "c"]);
  });

  test("makes no bucket where that is not allowed", async () => {
    const operations = keyValueOperations(new Map([["", store(natsBackend({ create: false }))]]));
    await expect(operations.open("missing")).rejects.toMatchObject(storeError("no-such-store"));
    await new Kvm(nc).create("missing");
    expect(await operations.exists("missing", "a"), "there is one by now").toBe(false);
  });

  test.for(["holdfast-auth", "holdfast-workloads", "Holdfast-x"])("keeps components out of %s", async (name) => {
    const operations = keyValueOperations(new Map([["", store(natsBackend())]]));
    await expect(operations.open(name)).rejects.toMatchObject(storeError("access-denied"));
  });

  test.for(["a b", "a.b", "*", ">", "../x", "ü", ""])("has no bucket %j", async (name) => {
    const operations = keyValueOperations(new Map([["", store(natsBackend())]]));
    await expect(operations.open(name)).rejects.toMatchObject(storeError("no-such-store"));
  });

  test("counts right though another host counts too", async () => {
    const hosts = [await nats.connect(), await nats.connect()].map((connection) =>
      keyValueOperations(new Map([["", store(natsKeyValueBackend(connection, { create: true, replicas: 1 }))]])),
    );
    await Promise.all(hosts.flatMap((host) => Array.from({ length: 30 }, () => host.increment("two-hosts", "n", 1n))));
    expect(await hosts[0]?.increment("two-hosts", "n", 0n)).toBe(60n);
  });

  test("answers other, in words, when a value is larger than NATS takes", async () => {
    await using small = await startNats({ config: "max_payload: 65536" });
    const backend = natsKeyValueBackend(await small.connect(), { create: true, replicas: 1 });
    const operations = keyValueOperations(new Map([["", store(backend)]]));
    await expect(operations.set("b", "k", new Uint8Array(65_000))).rejects.toMatchObject({
      payload: { tag: "other", val: expect.stringContaining("65000 bytes") },
    });
    await operations.set("b", "k", new Uint8Array(60_000));
  });
});

describe("stores by name", () => {
  test("several backends are opened by the names of their entries", async () => {
    const [cache, sessions] = [memoryBackend(), memoryBackend()];
    const operations = keyValueOperations(
      new Map([
        ["cache", store(cache, { bucket: "cache-kv" })],
        ["sessions", store(sessions)],
      ]),
    );
    await operations.set("cache", "k", bytes(1));
    await operations.set("sessions", "k", bytes(2));
    expect(await (await cache.open("cache-kv")).get("k")).toEqual(bytes(1));
    expect(await (await sessions.open("sessions")).get("k")).toEqual(bytes(2));
    await expect(operations.open("cache-kv")).rejects.toMatchObject(storeError("no-such-store"));
  });

  test("config.bucket is what default opens, and all that may be opened beside config.buckets", async () => {
    const backend = memoryBackend();
    const operations = keyValueOperations(new Map([["", store(backend, { bucket: "mine", buckets: "ours, theirs" })]]));
    await operations.set("default", "k", bytes(1));
    expect(await operations.get("mine", "k")).toEqual(bytes(1));
    await operations.open("ours");
    await expect(operations.open("secret")).rejects.toMatchObject(storeError("access-denied"));
  });

  test("a workload has a limited number of buckets open", async () => {
    const operations = keyValueOperations(new Map([["", store(memoryBackend())]]));
    for (let i = 0; i < 100; i++) await operations.open(`b${i}`);
    await expect(operations.open("one-more")).rejects.toMatchObject(storeError("other"));
  });
});

describe("memory", () => {
  test("is limited", async () => {
    const operations = keyValueOperations(new Map([["", store(memoryBackend(10_000))]]));
    await operations.set("b", "a", new Uint8Array(9_000));
    await expect(operations.set("b", "c", new Uint8Array(2_000))).rejects.toMatchObject(storeError("other"));
    await operations.delete("b", "a");
    await operations.set("b", "c", new Uint8Array(2_000));
  });
});
