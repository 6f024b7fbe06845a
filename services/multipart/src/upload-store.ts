/**
 * The port: what multipart needs from where uploads and parts are kept. All reads see what was acknowledged before
 * the call.
 */
import type { ChunkRun } from "@holdfast/contracts";
import type { OpenUpload, PartRow, UploadRow } from "./domain/upload.ts";

/** Which upload: the bucket's S3 name and the upload's id. */
export type UploadRef = { readonly bucket: string; readonly uploadId: string };

/** A row with the token of its compare-and-set, and when the store took it in (milliseconds since the epoch). */
export type Stored<T> = { readonly row: T; readonly sequence: number; readonly writtenAt: number };

export type UploadStore = {
  create(upload: OpenUpload): Promise<void>;
  read(upload: UploadRef): Promise<Stored<UploadRow> | undefined>;
  /** Replaces a row; resolves to the new sequence, or undefined when somebody else was faster. */
  replace(row: UploadRow, sequence: number): Promise<number | undefined>;
  /** Forgets an upload with all its parts. */
  remove(upload: UploadRef): Promise<void>;
  /** The upload rows of one bucket, or all there are, in no particular order. */
  list(bucket?: string): Promise<Stored<UploadRow>[]>;

  readPart(upload: UploadRef, partNumber: number): Promise<Stored<PartRow> | undefined>;
  /** Writes a part's row when `sequence` (0: none) still is that of its last one; false when it is not. */
  writePart(upload: UploadRef, part: PartRow, sequence: number): Promise<boolean>;
  /**
   * The parts with numbers above `after`, ascending; at least `limit` of them where there are as many. All that was
   * written before the row of sequence `since` is among them; without it, all that was acknowledged before the call.
   */
  readParts(upload: UploadRef, options?: { after?: number; limit?: number; since?: number }): Promise<PartRow[]>;
  removePart(upload: UploadRef, partNumber: number): Promise<void>;
  removeParts(upload: UploadRef): Promise<void>;
};

/** Where the parts' bytes lie: the bucket's own stream. */
export type BucketChunks = {
  /** Stores bytes as one run. */
  write(bucket: string, runId: string, bytes: Uint8Array): Promise<ChunkRun>;
  /** Frees one run of chunks. Freeing what is not there, or in a bucket that is not there, succeeds. */
  purgeRun(bucket: string, runId: string): Promise<void>;
  /** Frees everything that an upload ever stored. */
  purgeUpload(upload: UploadRef): Promise<void>;
};
