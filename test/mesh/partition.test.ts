/** A network that cuts off the server which leads a bucket's stream, with clients on both sides: docs/durability.md, line by line. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { generateMeshPasswords, renderMeshConfig } from "@holdfast/nats-server";
import {
  type MeshNats,
  startMesh,
  startNatsCluster,
  type TestMesh,
  type TestNatsCluster,
  waitFor,
} from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/nats-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { md5, sdk, seededBytes, statusOf } from "./support/s3.ts";

/** Processes with index 0 are on the side that will be alone, those with index 1 on the side of the majority. */
const alone = 0;
const majority = 1;
const slow = { timeoutMs: 90_000, intervalMs: 100 };

const Info = z.object({ cluster: z.object({ leader: z.string().optional() }) });

let cluster: TestNatsCluster;
let mesh: TestMesh;
let admin: NatsConnection;
let edges: readonly S3Client[];
let Bucket: string;

beforeAll(async () => {
  const passwords = generateMeshPasswords();
  const config = renderMeshConfig({ users: { passwords } });
  cluster = await startNatsCluster({ config, connect: { user: "admin", pass: passwords.admin }, separable: true });
  const [first] = cluster.servers;
  if (first === undefined) throw new Error("the cluster has no server");
  mesh = await startMesh({
    nats: Object.defineProperty(first as MeshNats, "passwords", { value: passwords }),
    natsUrl: (_, index) => cluster.servers[index]?.url ?? "",
    edges: 2,
    auth: 2,
    objectMetadata: 2,
    multipart: 0,
    env: { HOLDFAST_BUCKET_REPLICAS: "3", HOLDFAST_AUTH_REPLICAS: "3" },
  });
  admin = await mesh.connectAdmin();
  edges = mesh.edges.map(({ endpoint }) => sdk(endpoint, mesh.credentials));
  Bucket = await bucketLedBy("n0");
});
afterAll(async () => {
  for (const edge of edges ?? []) edge.destroy();
  await mesh?.stop();
  await cluster?.stop();
});

/** The server is elected: buckets are made until the one that will be alone leads one. */
async function bucketLedBy(server: string): Promise<string> {
  for (let i = 0; i < 50; i++) {
    const bucket = `cut-${i}`;
    await admin.request("object-metadata.v1.CreateBucket", JSON.stringify({ bucket, owner: "tester" }), {
      timeout: 10_000,
    });
    if ((await leaderOf(bucket)) === server) return bucket;
  }
  throw new Error(`${server} leads none of 50 buckets`);
}

async function leaderOf(bucket: string): Promise<string> {
  const ask = () => admin.request(`$JS.API.STREAM.INFO.OBJ_${bucket}`, undefined, { timeout: 5_000 });
  return waitFor(async () => Info.parse((await ask()).json()).cluster.leader, slow);
}

type Write = { readonly key: string; readonly side: number; readonly began: number; status: number };

const bodyOf = (key: string) => seededBytes(key, key.endsWith("0") ? 200_000 : 1_000);
const at = (side: number): S3Client => {
  const edge = edges[side];
  if (edge === undefined) throw new Error(`no edge ${side}`);
  return edge;
};

/** Four clients on each side write objects of their own, small ones and some in several chunks. */
function startWriting() {
  const writes: Write[] = [];
  const over = new AbortController();
  const writer = async (side: number, id: number) => {
    for (let i = 0; !over.signal.aborted; i++) {
      const write: Write = { key: `${side}/${id}/${i}`, side, began: performance.now(), status: 0 };
      writes.push(write);
      write.status = await statusOfPut(side, { Key: write.key, Body: bodyOf(write.key) });
      await sleep(20);
    }
  };
  const all = Promise.all([alone, majority].flatMap((side) => [0, 1, 2, 3].map((id) => writer(side, id))));
  return {
    writes,
    acknowledgedSince: (moment: number, side: number) =>
      writes.filter((write) => write.status === 200 && write.side === side && write.began > moment),
    stop: async () => {
      over.abort();
      await all;
    },
  };
}

type Put = { readonly Key: string; readonly Body: Buffer | string; readonly IfNoneMatch?: "*" };

async function statusOfPut(side: number, put: Put): Promise<number> {
  const command = new PutObjectCommand({ Bucket, ...put });
  return at(side)
    .send(command)
    .then(({ $metadata }) => $metadata.httpStatusCode ?? 0, statusOf);
}

/** Of two that create the same key only one may succeed. */
const create = (side: number, Body: string) => statusOfPut(side, { Key: "once", Body, IfNoneMatch: "*" });

/** A try that nobody answered may have succeeded: the next one then finds the object. */
const isCreatedByMajority = async () => [200, 412].includes(await create(majority, "majority"));

async function statusOfHead(side: number, key: string): Promise<number> {
  const command = new HeadObjectCommand({ Bucket, Key: key });
  return at(side)
    .send(command)
    .then(({ $metadata }) => $metadata.httpStatusCode ?? 0, statusOf);
}

async function bytesOf(reader: S3Client, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await reader.send(new GetObjectCommand({ Bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

async function digestOf(reader: S3Client, key: string): Promise<string | undefined> {
  const bytes = await bytesOf(reader, key);
  return bytes && md5(bytes);
}

async function listed(reader: S3Client): Promise<string[]> {
  const keys: string[] = [];
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const page = await reader.send(new ListObjectsV2Command({ Bucket, ContinuationToken: token }));
    keys.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
    token = page.NextContinuationToken;
  }
  return keys;
}

// elections and time-outs, one after the other: half a minute here, each with room on a machine that runs all tests at once
describe("a network partition around the leader of a bucket", { timeout: 300_000 }, () => {
  test("loses nothing that was acknowledged, lets the majority write, and the minority say 503 until it is over", async () => {
    const writing = startWriting();
    await waitFor(() => [alone, majority].every((side) => writing.acknowledgedSince(0, side).length > 20), slow);

    const cutAt = performance.now();
    cluster.isolate(0);
    await waitFor(() => writing.acknowledgedSince(cutAt, majority).length > 20, {
      ...slow,
      what: "writes of the majority",
    });
    const [refused] = await Promise.all([create(alone, "alone"), waitFor(isCreatedByMajority, slow)]);
    expect(refused).toBe(503);
    // by now the one that is alone has noticed; what it can no longer know it must not answer
    await waitFor(async () => (await statusOfHead(alone, "once")) === 503, slow);
    await waitFor(async () => (await statusOfHead(majority, "once")) === 200, slow);
    expect(writing.acknowledgedSince(cutAt, alone)).toEqual([]);

    const healedAt = performance.now();
    cluster.rejoin();
    await waitFor(() => [alone, majority].every((side) => writing.acknowledgedSince(healedAt, side).length > 20), slow);
    await writing.stop();

    const tried = writing.writes.map(({ key }) => key);
    const acknowledged = writing.writes.filter(({ status }) => status === 200).map(({ key }) => key);
    expect(new Set(writing.writes.map(({ status }) => status))).toEqual(new Set([200, 503]));
    // as clients do: a 503 of the moment in which all find together again is tried again
    const readers = mesh.edges.map(({ endpoint }) => sdk(endpoint, mesh.credentials, 10));
    for (const reader of readers) {
      const keys = await listed(reader);
      expect(acknowledged.filter((key) => !keys.includes(key))).toEqual([]);
      expect(keys.filter((key) => !tried.includes(key))).toEqual(["once"]);
      expect((await bytesOf(reader, "once"))?.toString()).toBe("majority");
    }
    // whole, those too of which nobody said whether they happened
    const digests = new Map<string, string | undefined>();
    for (const [i, key] of tried.entries()) digests.set(key, await digestOf(readers[i % 2] ?? at(majority), key));
    const isThere = (key: string) => acknowledged.includes(key) || digests.get(key) !== undefined;
    for (const reader of readers) reader.destroy();
    expect(tried.filter((key) => isThere(key) && digests.get(key) !== md5(bodyOf(key)))).toEqual([]);
  });
});
