/** One bucket, two worlds: what S3 clients write, plain NATS Object Store clients read, and the other way round. */
import { randomBytes } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { auth, objectMetadata } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import { startMesh, type TestMesh } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/transport-node";
import { type ObjectStore, Objm } from "@nats-io/obj";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sdk } from "./support/s3.ts";

const Bucket = "shared.bucket";
let mesh: TestMesh;
let nc: NatsConnection;
let s3: S3Client;
let store: ObjectStore;

beforeAll(async () => {
  mesh = await startMesh();
  nc = await mesh.connectAdmin();
  s3 = sdk(mesh.edges[0]?.endpoint ?? "", mesh.credentials);
  await s3.send(new CreateBucketCommand({ Bucket }));
  // A dot in S3's name is an underscore in the store's.
  store = await new Objm(nc).open("shared_bucket");
});
afterAll(async () => {
  s3.destroy();
  await mesh.stop();
});

const readByS3 = async (Key: string, Range?: string) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

describe("an object that S3 wrote", () => {
  test.for([
    ["small", 2_000],
    ["larger than a chunk", 2_500_000],
    ["empty", 0],
  ] as const)("(%s) is listed, described and read by a plain Object Store client", async ([Key, size]) => {
    const Body = randomBytes(size);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: "image/png" }));
    expect((await store.list()).map(({ name }) => name)).toContain(Key);
    const info = await store.info(Key);
    expect(info).toMatchObject({ name: Key, size, deleted: false });
    expect(info?.headers?.get("content-type")).toBe("image/png");
    // getBlob verifies the digest
    expect(Buffer.compare((await store.getBlob(Key)) ?? Buffer.from("none"), Body)).toBe(0);
  });

  test("and deleted is gone for a plain client", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "gone", Body: "x" }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
    expect((await store.list()).filter(({ deleted }) => !deleted).map(({ name }) => name)).not.toContain("gone");
    expect(await store.getBlob("gone")).toBeNull();
  });

  test("from parts is read by a plain client once it was compacted, and keeps its ETag", async () => {
    const Key = "from-parts";
    const parts = [randomBytes(5 * 1024 ** 2), randomBytes(1_000)];
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const Parts = [];
    for (const [i, Body] of parts.entries()) {
      const PartNumber = i + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    }
    const done = await s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    const { compacted } = await client(nc, objectMetadata).CompactObject({ bucket: Bucket, key: Key });
    expect(compacted).toBe(true);
    expect(Buffer.compare((await store.getBlob(Key)) ?? Buffer.from("none"), Buffer.concat(parts))).toBe(0);
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect(ETag).toBe(done.ETag);
    expect(Buffer.compare(await readByS3(Key), Buffer.concat(parts))).toBe(0);
  });
});

describe("an object that a plain Object Store client wrote", () => {
  test("appears in S3 listings and is read, whole and in ranges, with an ETag nobody takes for an MD5", async () => {
    const bytes = randomBytes(700_000);
    await store.putBlob({ name: "plain/object" }, bytes);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "plain/" }));
    expect(Contents).toMatchObject([
      { Key: "plain/object", Size: bytes.length, ETag: expect.stringMatching(/^"[0-9a-f]{32}-1"$/) },
    ]);
    expect(Buffer.compare(await readByS3("plain/object"), bytes)).toBe(0);
    expect(
      Buffer.compare(await readByS3("plain/object", "bytes=300000-300009"), bytes.subarray(300_000, 300_010)),
    ).toBe(0);
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: "plain/object" }));
    expect(ETag).toBe(Contents[0]?.ETag);
  });

  test("replaces what S3 wrote, and S3 replaces it again", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "turns", Body: "first" }));
    await store.putBlob({ name: "turns" }, Buffer.from("second"));
    expect((await readByS3("turns")).toString()).toBe("second");
    await s3.send(new PutObjectCommand({ Bucket, Key: "turns", Body: "third" }));
    expect(Buffer.from((await store.getBlob("turns")) ?? []).toString()).toBe("third");
  });
});

describe("a bucket that a plain client made", () => {
  test("is seen by administrators and by nobody else", async () => {
    await new Objm(nc).create("made-by-nats");
    const names = async (each: S3Client) =>
      (await each.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name) ?? [];
    expect(await names(s3)).toContain("made-by-nats");
    const { accessKeyId, secretAccessKey } = await client(nc, auth).CreateAccessKey({ user: "mallory" });
    const other = sdk(mesh.edges[0]?.endpoint ?? "", { accessKeyId, secretAccessKey, region: mesh.credentials.region });
    expect(await names(other)).not.toContain("made-by-nats");
    await expect(other.send(new ListObjectsV2Command({ Bucket: "made-by-nats" }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    other.destroy();
  });
});
