/** CommitObject: makes visible what the edge or multipart have stored as chunks. */
import type { ChunkRun, objectMetadata, S3EventName } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Input, Output } from "@holdfast/micro/contract";
import { chunkSubject, decodeSequences, encodeRecord } from "@holdfast/object-layout";
import type { OpenBucket } from "../adapters/buckets.ts";
import { StreamInfo } from "../domain/bucket-config.ts";
import { checkConditions } from "../domain/current.ts";
import type { Parts } from "../parts.ts";
import { finishWrite } from "./finish-write.ts";

type Commit = (typeof objectMetadata)["endpoints"]["CommitObject"];

export async function commitObject(parts: Parts, input: Input<Commit>): Promise<Output<Commit>> {
  const { key, etag, size, sha256, checksum, attributes, data, conditions, expectedSequence } = input;
  const chunkSequences = checkRuns(size, data);
  return parts.buckets.use(input, async (bucket) => {
    await checkChunks(parts, bucket, data);
    const object = {
      key,
      etag,
      size,
      lastModified: parts.now(),
      ...attributes,
      ...(checksum === undefined ? {} : { checksum }),
      ...(sha256 === undefined ? {} : { sha256 }),
      data,
    };
    const text = encodeRecord(bucket.name, object);
    const written = await parts.records.write(bucket, key, {
      startFrom: "guess",
      // a caller that expects a sequence asks to be told when its commit is sent twice
      mine: data.kind === "run" && expectedSequence === undefined ? data.run.id : undefined,
      decide(current) {
        checkConditions({ ...conditions, expectedSequence }, current);
        return text;
      },
    });
    if (written === undefined) throw new Error("a commit always writes");
    return finishWrite(parts, bucket, object, written, chunkSequences, eventOf(input));
  });
}

function eventOf({ data, createdBy }: Input<Commit>): S3EventName {
  return data.kind === "run" ? `ObjectCreated:${createdBy}` : "ObjectCreated:CompleteMultipartUpload";
}

/**
 * The bytes must be in this stream: the bucket may have been deleted and made anew while they were written, or a writer may
 * have been away for so long that the sweep took them. Only counting tells for sure: the sweep takes the first chunks of a run that goes on, a
 * power failure the last ones. And it is cheap: a direct get of one chunk carries its bytes, at twice the price.
 */
async function checkChunks({ js }: Parts, bucket: OpenBucket, data: Input<Commit>["data"]): Promise<void> {
  const runs =
    data.kind === "run" ? [data.run] : data.kind === "parts" ? data.parts.map((part) => part.run) : [data.manifest];
  const expected = runs.filter((run) => run.chunks > 0);
  if (expected.length === 0) return;
  const filter = data.kind === "run" ? data.run.id : data.kind === "manifest" ? data.manifest.id : `${data.uploadId}.>`;
  const answer = await js.api(`STREAM.INFO.${bucket.stream}`, { subjects_filter: chunkSubject(bucket.name, filter) });
  const counts = StreamInfo.parse(answer).state.subjects ?? {};
  for (const run of expected) {
    if (counts[chunkSubject(bucket.name, run.id)] !== run.chunks) {
      throw fail("SlowDown", "the bytes to commit are not in the bucket, write them again", {
        details: { run: run.id },
      });
    }
  }
}

/**
 * A record that could not be read back must not be written: to commit one is a bug of the caller, and throws as one. Gives the
 * sequences of the object's chunks, if it is one run.
 */
function checkRuns(size: number, data: Input<Commit>["data"]): number[] {
  if (data.kind === "manifest") {
    sequencesOf(data.manifest);
    return [];
  }
  const runs = data.kind === "run" ? [data.run] : data.parts.map((part) => part.run);
  const sequences = runs.flatMap(sequencesOf);
  const total = runs.reduce((sum, run) => sum + run.size, 0);
  if (total !== size) throw new Error(`the runs to commit hold ${total} bytes, the object ${size}`);
  return data.kind === "run" ? sequences : [];
}

function sequencesOf(run: ChunkRun): number[] {
  return run.sequences === undefined ? [] : decodeSequences(run.sequences, run.chunks);
}
