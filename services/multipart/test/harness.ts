/** Instances of multipart over one real nats-server, and a client's view of an upload. */
import { multipart } from "@holdfast/contracts";
import type { objectMetadata } from "@holdfast/contracts";
import type { InputOf } from "@holdfast/micro/contract";
import { chunkSubject, createChunkWriter, streamName } from "@holdfast/object-layout";
import { startNats } from "@holdfast/testkit";
import type { TestNats } from "@holdfast/testkit";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { createHash, randomBytes } from "node:crypto";
import { createBucketChunks } from "../src/adapters/bucket-chunks.ts";
import { createJetStreamUploadStore, ensureUploadStream } from "../src/adapters/jetstream-upload-store.ts";
import { createBackground } from "../src/background.ts";
import type { MultipartParts } from "../src/parts.ts";
import { createMultipart } from "../src/service.ts";
import { standIn } from "./object-metadata-stand-in.ts";
import type { Objects, StandIn } from "./object-metadata-stand-in.ts";

export const MiB = 1024 * 1024;
const silent = { info() {}, warn() {}, error() {} };

type Operations = (typeof multipart)["endpoints"];
type Api = {
  [Op in keyof Operations]: (input: InputOf<Operations[Op]>) => ReturnType<ReturnType<typeof createMultipart>[Op]>;
};

/** One instance: its endpoints as a caller sees them (input validated, defaults filled in). */
export type Instance = Api & { readonly parts: MultipartParts; settled(): Promise<void> };

export type Mesh = AsyncDisposable & {
  readonly nats: TestNats;
  readonly nc: NatsConnection;
  readonly objects: StandIn;
  /** A further instance; `objects` replaces operations of object-metadata for it. */
  instance(
    objects?: Partial<Objects>,
    options?: Partial<Pick<MultipartParts, "now" | "patienceMs">>,
  ): Promise<Instance>;
  newBucket(): Promise<{ bucket: string; bucketId: string }>;
  /** Bytes of chunks in a bucket, by run. */
  chunks(bucket: string): Promise<Record<string, number>>;
  /** Subjects of an upload's rows. */
  rows(uploadId: string): Promise<string[]>;
};

export async function startMesh(): Promise<Mesh> {
  const nats = await startNats();
  const nc = await nats.connect();
  const objects = await standIn(nc);
  const jsm = await jetstreamManager(nc);
  await ensureUploadStream(nc, 1);
  let buckets = 0;

  return {
    nats,
    nc,
    objects,
    async instance(replaced = {}, options = {}) {
      return inProcess(await nats.connect(), { ...objects, ...replaced }, options);
    },
    async newBucket() {
      const bucket = `bucket.${++buckets}`;
      return { bucket, bucketId: await objects.createBucket(bucket) };
    },
    async chunks(bucket) {
      const info = await jsm.streams.info(streamName(bucket), { subjects_filter: chunkSubject(bucket, ">") });
      return info.state.subjects ?? {};
    },
    async rows(uploadId) {
      const info = await jsm.streams.info("HOLDFAST_MULTIPART", {
        subjects_filter: `$HOLDFAST.multipart.*.${uploadId}.>`,
      });
      return Object.keys(info.state.subjects ?? {}).map((subject) => subject.split(`${uploadId}.`)[1] ?? "");
    },
    [Symbol.asyncDispose]: () => nats.stop(),
  };
}

/** An instance in this process, on a connection of its own. */
export async function inProcess(
  nc: NatsConnection,
  objects: Objects,
  { now = Date.now, patienceMs = 200 }: Partial<Pick<MultipartParts, "now" | "patienceMs">> = {},
): Promise<Instance> {
  const uploads = createJetStreamUploadStore(nc, { completedRetentionMs: 86_400_000 });
  const background = createBackground(silent);
  const chunks = createBucketChunks(nc);
  const parts = { uploads, chunks, objects, log: silent, now, patienceMs, background: background.run };
  return { ...callable(createMultipart(parts)), parts, settled: background.settled };
}

/** The handlers with input parsed as `serve` does it, each call with its endpoint's time to answer. */
function callable(handlers: ReturnType<typeof createMultipart>): Api {
  const call = (timeoutMs: number) => {
    return {
      body: new Uint8Array(),
      signal: AbortSignal.timeout(timeoutMs),
      deadline: Date.now() + timeoutMs,
      requestId: "test",
    };
  };
  const { endpoints: e } = multipart;
  return {
    CreateMultipartUpload: (input) =>
      handlers.CreateMultipartUpload(e.CreateMultipartUpload.input.parse(input), call(5_000)),
    DescribeUpload: (input) => handlers.DescribeUpload(e.DescribeUpload.input.parse(input), call(5_000)),
    UploadPart: (input) => handlers.UploadPart(e.UploadPart.input.parse(input), call(5_000)),
    ListParts: (input) => handlers.ListParts(e.ListParts.input.parse(input), call(5_000)),
    ListMultipartUploads: (input) =>
      handlers.ListMultipartUploads(e.ListMultipartUploads.input.parse(input), call(5_000)),
    ListLiveUploads: (input) => handlers.ListLiveUploads(e.ListLiveUploads.input.parse(input), call(5_000)),
    CompleteMultipartUpload: (input) =>
      handlers.CompleteMultipartUpload(e.CompleteMultipartUpload.input.parse(input), call(20_000)),
    AbortMultipartUpload: (input) =>
      handlers.AbortMultipartUpload(e.AbortMultipartUpload.input.parse(input), call(5_000)),
  };
}

/**
 * What the edge does with a part: one chunk of bytes into the bucket's stream, then its row. `size` is what the row
 * says.
 */
export async function putPart(
  mesh: Mesh,
  api: Instance,
  upload: { bucket: string; key: string; uploadId: string },
  partNumber: number,
  options: { size?: number; content?: string; checksum?: InputOf<Operations["UploadPart"]>["checksum"] } = {},
) {
  const { size = 5 * MiB, content = `part ${partNumber}`, checksum } = options;
  const id = `${upload.uploadId}.${partNumber}.${randomBytes(6).toString("hex")}`;
  const writer = createChunkWriter(mesh.nc, { bucket: upload.bucket, id });
  await writer.write(Buffer.from(content));
  const run = { ...(await writer.finish()), size };
  const etag = createHash("md5").update(content).digest("hex");
  await api.UploadPart({ ...upload, partNumber, etag, run, checksum });
  return { partNumber, etag, run };
}

export const attributes: InputOf<(typeof objectMetadata)["endpoints"]["CommitObject"]>["attributes"] = {
  headers: { "content-type": "text/plain" },
  userMetadata: { colour: "blue" },
  tags: [{ key: "team", value: "red" }],
  storageClass: "STANDARD",
};

/** Begins an upload of one key. */
export async function begin(
  api: Instance,
  target: { bucket: string; bucketId: string },
  key = "a/key",
  options: Partial<InputOf<Operations["CreateMultipartUpload"]>> = {},
) {
  const { uploadId } = await api.CreateMultipartUpload({ ...target, key, owner: "ada", attributes, ...options });
  return { bucket: target.bucket, key, uploadId };
}
