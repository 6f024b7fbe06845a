/** One S3 request is one trace: from the client's own span over every service to JetStream. */
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { startMesh, type TestMesh } from "@holdfast/testkit";
import { jetstreamManager } from "@nats-io/jetstream";
import { Objm } from "@nats-io/obj";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Collector, inTrace, startCollector } from "./support/otlp.ts";
import { md5, sdk, seededBytes, statusOf } from "./support/s3.ts";

const Bucket = "traced";
const small = Buffer.from("a few bytes");
const large = seededBytes("large", 3 * 1024 ** 2);
let collector: Collector;
let mesh: TestMesh;
let s3: S3Client;

beforeAll(async () => {
  collector = await startCollector();
  mesh = await startMesh({ env: collector.env });
  s3 = sdk(mesh.edges[0]?.endpoint ?? "", mesh.credentials);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  s3.destroy();
  await mesh.stop();
  await collector[Symbol.asyncDispose]();
});

/** A call as its caller and its callee see it, below `above`. */
const called = (above: string, operation: string) => `${above} > ${operation} client > ${operation} server`;

describe("PutObject", () => {
  test("of a small object is one trace down to the publish of its record", async () => {
    const { trace } = await inTrace(s3, () => s3.send(new PutObjectCommand({ Bucket, Key: "small", Body: small })));
    const root = "s3-edge/PutObject server";
    const put = called(root, "object-metadata/PutObject");
    const paths = await collector.untilPaths(trace, [root, put, `${put} > jetstream publish client`]);
    expect(paths.filter((path) => !path.includes(" > "))).toEqual([root]);
  });

  test("of a large object shows the edge's own chunks beside the commit of the record", async () => {
    const { trace } = await inTrace(s3, () => s3.send(new PutObjectCommand({ Bucket, Key: "large", Body: large })));
    const root = "s3-edge/PutObject server";
    const commit = called(root, "object-metadata/CommitObject");
    const paths = await collector.untilPaths(trace, [root, commit, `${commit} > jetstream publish client`]);
    // All chunks together: a span for each would make the trace of a 5 GiB upload unreadable.
    expect(paths.filter((path) => path.startsWith(`${root} > jetstream publish`))).toHaveLength(1);
    expect(paths.filter((path) => !path.includes(" > "))).toEqual([root]);
  });
});

test("what JetStream stores of a request carries its trace, and is read by plain clients all the same", async () => {
  const { trace } = await inTrace(s3, () => s3.send(new PutObjectCommand({ Bucket, Key: "stored", Body: large })));
  const nc = await mesh.connectAdmin();
  const info = await (await new Objm(nc).open(Bucket)).info("stored");
  const jsm = await jetstreamManager(nc);
  const record = `$O.${Bucket}.M.${Buffer.from("stored").toString("base64url")}`;
  for (const subject of [record, `$O.${Bucket}.C.${info?.nuid}`]) {
    const message = await jsm.streams.getMessage(`OBJ_${Bucket}`, { last_by_subj: subject });
    expect(message?.header.get("traceparent"), subject).toMatch(new RegExp(`^00-${trace.traceId}-[0-9a-f]{16}-01$`));
  }
  const bytes = await (await new Objm(nc).open(Bucket)).getBlob("stored");
  expect(md5(bytes ?? new Uint8Array())).toBe(md5(large));
});

describe("GetObject", () => {
  test("is one trace of the edge's own reads: the record, and the chunks unless they were read lately", async () => {
    const root = "s3-edge/GetObject server";
    for (const [Key, bytes, reads] of [
      ["small", small, 2],
      ["small", small, 1],
      ["large", large, 2],
    ] as const) {
      const { trace, result } = await inTrace(s3, async () => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        return md5((await Body?.transformToByteArray()) ?? new Uint8Array());
      });
      expect(result).toBe(md5(bytes));
      const get = `${root} > jetstream get client`;
      const paths = await collector.untilPaths(trace, [root, get]);
      expect(paths.filter((path) => path === get)).toHaveLength(reads);
      expect(paths.filter((path) => path.includes("object-metadata"))).toEqual([]);
    }
  });

  test("of a key that is not there is a 404, and no span of it failed", async () => {
    const { trace, result } = await inTrace(s3, () =>
      s3.send(new GetObjectCommand({ Bucket, Key: "not there" })).then(() => 200, statusOf),
    );
    expect(result).toBe(404);
    const root = "s3-edge/GetObject server";
    await collector.untilPaths(trace, [root, `${root} > jetstream get client`]);
    expect(collector.spansOf(trace).filter(({ status }) => status?.code === 2)).toEqual([]);
  });
});

describe("CompleteMultipartUpload", () => {
  test("is one trace over multipart and object-metadata to the publish of the record", async () => {
    const Key = "parts";
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: large }));
    const { trace } = await inTrace(s3, () =>
      s3.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key,
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
        }),
      ),
    );
    const root = "s3-edge/CompleteMultipartUpload server";
    const complete = called(root, "multipart/CompleteMultipartUpload");
    const commit = called(complete, "object-metadata/CommitObject");
    const paths = await collector.untilPaths(trace, [root, complete, commit, `${commit} > jetstream publish client`]);
    expect(paths.filter((path) => !path.includes(" > "))).toEqual([root]);
  });
});

test("a request without traceparent begins a trace of its own", async () => {
  const before = new Set(collector.spans.map(({ traceId }) => traceId));
  await s3.send(new PutObjectCommand({ Bucket, Key: "own trace", Body: small }));
  const began = () =>
    collector.spans.filter(
      ({ traceId, name, parentSpanId }) => !before.has(traceId) && name === "s3-edge/PutObject" && !parentSpanId,
    );
  await expect.poll(() => began().length, { timeout: 10_000 }).toBe(1);
});

test("a caller's traceparent that is not one is no reason to refuse", async () => {
  const { endpoint } = mesh.edges[0] ?? { endpoint: "" };
  const answer = await fetch(`${endpoint}/`, { headers: { traceparent: "00-nonsense-\u00ff" } });
  expect(answer.status).toBe(403);
});
