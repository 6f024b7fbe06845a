/** `holdfast bucket ...` against a real mesh. */
import { randomBytes } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { startMesh, type TestMesh } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { runHoldfast } from "./run-holdfast.ts";

let mesh: TestMesh;
let s3: S3Client;
beforeAll(async () => {
  mesh = await startMesh({ env: { HOLDFAST_SWEEP_MIN_AGE: "1ms", HOLDFAST_PURGE_GRACE: "1ms" } });
  const { region, ...credentials } = mesh.credentials;
  const endpoint = mesh.edges[0]?.endpoint ?? "";
  s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
});
afterAll(async () => {
  s3.destroy();
  await mesh.stop();
});

const holdfast = (...args: string[]) => runHoldfast(mesh, args);

async function json<S extends z.ZodType>(schema: S, ...args: string[]): Promise<z.output<S>> {
  const { stdout, stderr, code } = await holdfast(...args, "--output", "json");
  expect(code, stderr).toBe(0);
  return schema.parse(JSON.parse(stdout));
}

const Made = z.object({ name: z.string(), owner: z.string(), storage: z.record(z.string(), z.unknown()) });

describe("holdfast bucket create", () => {
  test("makes a bucket with the storage options given, and list shows them", async () => {
    const options = ["--storage", "memory", "--compression", "--max-age", "12h", "--max-bytes", "10MiB"];
    const made = await json(Made, "bucket", "create", "with-options", "--owner", "alice", ...options);
    const storage = { replicas: 1, storage: "memory", compression: true, maxAgeSeconds: 43_200, maxBytes: 10_485_760 };
    expect(made).toMatchObject({ name: "with-options", owner: "alice", storage });
    const { buckets } = await json(z.object({ buckets: z.array(Made) }), "bucket", "list", "--owner", "alice");
    expect(buckets).toMatchObject([{ name: "with-options", storage }]);
  });

  test.for([
    [["--replicas", "2"], "--replicas"],
    [["--max-age", "soon"], "--max-age"],
    [["--max-bytes", "much"], "--max-bytes"],
  ] as const)("exits with 2 on %j, naming the option", async ([options, named]) => {
    const { code, stderr } = await holdfast("bucket", "create", "never-made", ...options);
    expect(code).toBe(2);
    expect(stderr).toContain(named);
  });

  test.for(["Bad_Name", "-a", "a..b", "192.168.0.1", "x".repeat(64)])("exits with 2 on the name %s", async (name) => {
    const { code, stderr } = await holdfast("bucket", "create", `--`, name);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`"${name}" is no name that S3 clients take`)]);
  });

  test("says that a bucket is somebody else's", async () => {
    const { code, stderr } = await holdfast("bucket", "create", "with-options", "--owner", "bob");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^holdfast: .*with-options/);
  });
});

describe("a bucket with --max-bytes", () => {
  test("refuses what does not fit with QuotaExceeded and loses nothing, an object it would have replaced included", async () => {
    await holdfast("bucket", "create", "full", "--owner", "default", "--max-bytes", "1MiB");
    const Body = randomBytes(400_000);
    await s3.send(new PutObjectCommand({ Bucket: "full", Key: "kept", Body }));
    for (const Key of ["kept", "other"]) {
      const tooMuch = s3.send(new PutObjectCommand({ Bucket: "full", Key, Body: randomBytes(900_000) }));
      await expect(tooMuch).rejects.toMatchObject({ name: "QuotaExceeded", $metadata: { httpStatusCode: 403 } });
    }
    const kept = await s3.send(new GetObjectCommand({ Bucket: "full", Key: "kept" }));
    expect(Buffer.compare((await kept.Body?.transformToByteArray()) ?? new Uint8Array(), Body)).toBe(0);
  });
});

describe("holdfast bucket compact and sweep", () => {
  test("rewrites what was completed from parts, once, and frees the bytes of the parts", async () => {
    const [Bucket, Key] = ["parts", "big"];
    await holdfast("bucket", "create", Bucket, "--owner", "default");
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const Body = randomBytes(1_000_000);
    const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));

    const Compacted = z.object({ examined: z.int(), compacted: z.int(), bytes: z.int() });
    const once = await json(Compacted, "bucket", "compact", Bucket);
    expect(once).toEqual({ examined: 1, compacted: 1, bytes: Body.length });
    expect(await json(Compacted, "bucket", "compact", Bucket)).toEqual({ examined: 1, compacted: 0, bytes: 0 });

    await holdfast("bucket", "sweep", Bucket);
    const { stdout } = await holdfast("bucket", "sweep", Bucket, "--dry-run", "--output", "json");
    expect(stdout).toMatch(/"orphanBytes":\s*0/);
    const read = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(Buffer.compare((await read.Body?.transformToByteArray()) ?? new Uint8Array(), Body)).toBe(0);
  });

  test("names a bucket that does not exist, with exit code 1", async () => {
    const { code, stderr } = await holdfast("bucket", "compact", "nowhere");
    expect(code).toBe(1);
    expect(stderr).toContain("nowhere");
  });
});
