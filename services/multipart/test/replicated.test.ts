/**
 * With three replicas a direct get may be answered by one that lags: what was acknowledged must be read all the same.
 */
import { startNatsCluster } from "@holdfast/testkit";
import type { TestNatsCluster } from "@holdfast/testkit";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createJetStreamUploadStore, ensureUploadStream } from "../src/adapters/jetstream-upload-store.ts";
import type { UploadStore } from "../src/upload-store.ts";

let cluster: TestNatsCluster;
/** One store per server: what the first writes, the others read. */
let stores: UploadStore[];

beforeAll(async () => {
  cluster = await startNatsCluster();
  const connections = await Promise.all(cluster.servers.map((server) => server.connect()));
  for (const nc of connections) await ensureUploadStream(nc, 3);
  stores = connections.map((nc) => createJetStreamUploadStore(nc, { completedRetentionMs: 60_000 }));
});
afterAll(() => cluster.stop());

const attributes = { headers: {}, userMetadata: {}, tags: [], storageClass: "STANDARD" };
const upload = (uploadId: string) => {
  const begun = { bucket: "b", bucketId: "id", key: "k", uploadId, owner: "ada", initiated: 1, attributes };
  return { ...begun, state: "open" as const };
};
const part = (partNumber: number) => {
  const run = { id: `x.${partNumber}.r`, size: 1, chunks: 1, chunkSize: 1 };
  return { partNumber, etag: "0".repeat(32), run, lastModified: 1, replaced: [] };
};

async function everywhere(check: (store: UploadStore) => Promise<void>) {
  await Promise.all(stores.map(check));
}

test("the stream of uploads has as many replicas as asked", async () => {
  const nc = await cluster.servers[0]?.connect();
  if (nc === undefined) throw new Error("no server");
  const { config } = await (await jetstreamManager(nc)).streams.info("HOLDFAST_MULTIPART");
  expect(config).toMatchObject({ num_replicas: 3, allow_direct: true, max_msgs_per_subject: 1 });
});

test("parts, uploads and states are read on every server as soon as they are acknowledged", async () => {
  const [writer] = stores;
  if (writer === undefined) throw new Error("no store");
  const busy = await cluster.servers[0]?.connect();
  const ballast = new Uint8Array(256 * 1024);
  for (let round = 0; round < 12; round++) {
    // keeps the followers busy, so that they lag behind the leader's acknowledgement
    for (let i = 0; i < 40; i++) busy?.publish(`$HOLDFAST.multipart.ballast.${round}.part.0.${i}`, ballast);
    const row = upload(`replicated-upload-${round}`);
    await writer.create(row);
    await everywhere(async (store) => {
      expect((await store.list("b")).some((stored) => stored.row.uploadId === row.uploadId)).toBe(true);
    });
    await Promise.all([1, 2, 3, 4000].map((n) => writer.writePart(row, part(n), 0)));
    await everywhere(async (store) => {
      expect((await store.readParts(row)).map(({ partNumber }) => partNumber)).toEqual([1, 2, 3, 4000]);
    });
    const stored = await writer.read(row);
    const since = await writer.replace({ ...row, state: "choosing", request: "r" }, stored?.sequence ?? 0);
    await everywhere(async (store) => {
      expect((await store.read(row))?.row.state).toBe("choosing");
      expect((await store.readParts(row, { since: since ?? 0 })).length).toBe(4);
    });
  }
});

test("of writers on different servers that replace one row, exactly one wins", async () => {
  const row = upload("replicated-upload-cas");
  await stores[0]?.create(row);
  for (let round = 0; round < 20; round++) {
    const sequence = (await stores[0]?.read(row))?.sequence ?? 0;
    const outcomes = await Promise.all(
      [...stores, ...stores].map((store, i) => store.replace({ ...row, state: "choosing", request: `${i}` }, sequence)),
    );
    expect(outcomes.filter((outcome) => outcome !== undefined).length).toBe(1);
  }
});
