import { isMeshError } from "@holdfast/micro";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { begin, MiB, putPart, startMesh } from "./harness.ts";
import type { Instance, Mesh } from "./harness.ts";

let mesh: Mesh;
let instances: [Instance, Instance];
let target: { bucket: string; bucketId: string };

beforeAll(async () => {
  mesh = await startMesh();
  instances = await Promise.all([mesh.instance(), mesh.instance()]);
  target = await mesh.newBucket();
});
afterAll(() => mesh[Symbol.asyncDispose]());

const pick = (i: number) => instances[i % 2 === 0 ? 0 : 1];

async function twoParts(key: string) {
  const upload = await begin(pick(0), target, key);
  const stored = await Promise.all([1, 2].map((n) => putPart(mesh, pick(n), upload, n)));
  return { ...upload, parts: stored.map(({ partNumber, etag }) => ({ partNumber, etag })) };
}

const codeOf = (error: unknown) => (isMeshError(error) ? error.code : String(error));
const codeOfSettled = (settled: PromiseSettledResult<unknown>) =>
  settled.status === "rejected" ? codeOf(settled.reason) : "done";

describe("racing calls on one upload", () => {
  test("20 Completes of the same parts on two instances answer the same and commit once", async () => {
    const upload = await twoParts("twenty");
    const before = mesh.objects.commits.length;
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => pick(i).CompleteMultipartUpload(upload)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(mesh.objects.commits.length - before).toBe(1);
  });

  test("Completes of different parts: one kind succeeds, the other gets an error, and the object is the winner's", async () => {
    for (let round = 0; round < 10; round++) {
      const key = `either ${round}`;
      const upload = await twoParts(key);
      const both = upload.parts;
      const one = upload.parts.slice(0, 1);
      const answers = await Promise.allSettled(
        [both, one, both, one].map((parts, i) => pick(i).CompleteMultipartUpload({ ...upload, parts })),
      );
      const etags = new Set(answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.etag] : [])));
      expect(etags.size).toBe(1);
      expect(etags.has((await mesh.objects.record(target.bucket, key))?.etag ?? "")).toBe(true);
      const codes = answers.flatMap((answer) => (answer.status === "rejected" ? [codeOf(answer.reason)] : []));
      expect(codes).toEqual(["NoSuchUpload", "NoSuchUpload"]);
    }
  });

  test("Complete against Abort, 50 times: exactly one wins, and the bytes are there or gone accordingly", async () => {
    for (let round = 0; round < 50; round++) {
      const key = `complete or abort ${round}`;
      const upload = await twoParts(key);
      const [completed, aborted] = await Promise.allSettled([
        pick(round).CompleteMultipartUpload(upload),
        pick(round + 1).AbortMultipartUpload(upload),
      ]);
      await Promise.all(instances.map((instance) => instance.settled()));
      const chunks = Object.keys(await mesh.chunks(target.bucket)).filter((name) => name.includes(upload.uploadId));
      const record = await mesh.objects.record(target.bucket, key);
      const outcome = {
        completed: codeOfSettled(completed),
        aborted: codeOfSettled(aborted),
        chunks: chunks.length,
        object: record?.uploadId,
      };
      expect([
        { completed: "done", aborted: "NoSuchUpload", chunks: 2, object: upload.uploadId },
        { completed: "NoSuchUpload", aborted: "done", chunks: 0, object: undefined },
      ]).toContainEqual(outcome);
    }
  });

  test("Complete against a part being replaced: the chunks of what was committed are never freed", async () => {
    for (let round = 0; round < 30; round++) {
      const key = `replaced ${round}`;
      const upload = await twoParts(key);
      // the same content again, as a client that lost the answer sends it: the ETag fits either run
      const [completed] = await Promise.allSettled([
        pick(round).CompleteMultipartUpload(upload),
        putPart(mesh, pick(round + 1), upload, 1),
        putPart(mesh, pick(round), upload, 1),
      ]);
      expect(completed.status).toBe("fulfilled");
      await Promise.all(instances.map((instance) => instance.settled()));
      const commit = mesh.objects.commits.findLast((commit) => commit.key === key);
      const chosen = commit?.data.kind === "parts" ? commit.data.parts.map(({ run }) => run.id) : [];
      const chunks = Object.keys(await mesh.chunks(target.bucket));
      expect(chosen.length).toBe(2);
      for (const id of chosen) expect(chunks.some((subject) => subject.endsWith(id))).toBe(true);
    }
  });

  test("Complete against other writers of the key lands once, whoever is faster", async () => {
    for (let round = 0; round < 10; round++) {
      const key = `contended ${round}`;
      const upload = await twoParts(key);
      const before = mesh.objects.commits.length;
      const writers = Array.from({ length: 5 }, () => mesh.objects.overwrite(target.bucket, key));
      const [answer] = await Promise.all([pick(round).CompleteMultipartUpload(upload), ...writers]);
      expect(answer.size).toBe(10 * MiB);
      expect(mesh.objects.commits.length - before).toBe(1);
    }
  });
});
