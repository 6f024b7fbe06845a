/** What holds when several clients write the same key at once, over several edges and several object-metadata. */
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { startMesh, type TestMesh } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { md5, sdk, seededBytes, statusOf } from "./support/s3.ts";

const Bucket = "races";
let mesh: TestMesh;
let clients: S3Client[];
const client = (index: number): S3Client => {
  const one = clients[index % clients.length];
  if (!one) throw new Error("no edge");
  return one;
};

beforeAll(async () => {
  mesh = await startMesh({ edges: 2, objectMetadata: 2 });
  clients = mesh.edges.map(({ endpoint }) => sdk(endpoint, mesh.credentials));
  await client(0).send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  for (const each of clients) each.destroy();
  await mesh.stop();
});

describe("PutObject with If-None-Match: *", () => {
  test("lets exactly one of 8 racing writers over two edges win, 10 times in a row", async () => {
    for (let round = 0; round < 10; round++) {
      const Key = `once-${round}`;
      const writers = Array.from({ length: 8 }, (_, i) =>
        client(i)
          .send(new PutObjectCommand({ Bucket, Key, Body: `writer ${i}`, IfNoneMatch: "*" }))
          .then(() => ({ status: 200, writer: i }))
          .catch((error: unknown) => ({ status: statusOf(error), writer: i })),
      );
      const outcomes = await Promise.all(writers);
      const winners = outcomes.filter(({ status }) => status === 200);
      expect(winners).toHaveLength(1);
      expect(outcomes.filter(({ status }) => status !== 200).every(({ status }) => [409, 412].includes(status))).toBe(
        true,
      );
      const { Body } = await client(round).send(new GetObjectCommand({ Bucket, Key }));
      expect(await Body?.transformToString()).toBe(`writer ${winners[0]?.writer}`);
    }
  });
});

describe("GetObject while the key is overwritten", () => {
  test("gives each of 4 readers one whole version, never a torn or failed read", async () => {
    const Key = "overwritten";
    const versions = [0, 1, 2, 3, 4].map((i) => seededBytes(`version ${i}`, 3 * 1024 ** 2 + i));
    const known = new Set(versions.map(md5));
    await client(0).send(new PutObjectCommand({ Bucket, Key, Body: versions.at(0) ?? "" }));
    const written = new AbortController();
    let reads = 0;
    const reader = async (index: number) => {
      while (!written.signal.aborted) {
        const { Body, ETag } = await client(index).send(new GetObjectCommand({ Bucket, Key }));
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        expect(`"${md5(bytes)}"`).toBe(ETag);
        expect(known).toContain(md5(bytes));
        reads++;
      }
    };
    const writer = async () => {
      for (let round = 0; round < 25; round++) {
        await client(round).send(
          new PutObjectCommand({ Bucket, Key, Body: versions.at(round % versions.length) ?? "" }),
        );
      }
      written.abort();
    };
    await Promise.all([writer(), ...[0, 1, 2, 3].map(reader)]);
    expect(reads).toBeGreaterThan(8);
  });
});

describe("PutObjectTagging racing PutObject", () => {
  test("leaves every key readable, with the bytes its ETag names", async () => {
    const keys = Array.from({ length: 4 }, (_, i) => `tagged-${i}`);
    for (const Key of keys) await client(0).send(new PutObjectCommand({ Bucket, Key, Body: "first" }));
    await Promise.all(
      keys.flatMap((Key) => [
        ...Array.from({ length: 10 }, (_, i) =>
          client(i).send(new PutObjectCommand({ Bucket, Key, Body: seededBytes(`${Key} ${i}`, 2_000 + i) })),
        ),
        ...Array.from({ length: 10 }, (_, i) =>
          client(i + 1).send(
            new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: "round", Value: String(i) }] } }),
          ),
        ),
      ]),
    );
    for (const Key of keys) {
      const { Body, ETag } = await client(1).send(new GetObjectCommand({ Bucket, Key }));
      expect(`"${md5((await Body?.transformToByteArray()) ?? new Uint8Array())}"`).toBe(ETag);
      await client(0).send(new GetObjectTaggingCommand({ Bucket, Key }));
    }
  });
});

describe("ListObjectsV2 right after PutObject", () => {
  test("shows the key, whichever edge and object-metadata answers, 100 times in a row", async () => {
    for (let i = 0; i < 100; i++) {
      const Key = `visible/${String(i).padStart(3, "0")}`;
      await client(i).send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
      const { Contents = [] } = await client(i + 1).send(new ListObjectsV2Command({ Bucket, Prefix: "visible/" }));
      expect(Contents.at(-1)?.Key).toBe(Key);
    }
  });
});
