/** Where things of a bucket lie: ADR-20's names, with S3's bucket names fitted in. */

/** A bucket's name inside stream names and subjects. S3 names hold no `_`, so a dot can become one and come back. */
export function mangleBucket(bucket: string): string {
  return bucket.replaceAll(".", "_");
}

/** The stream of a bucket. */
export function streamName(bucket: string): string {
  return `OBJ_${mangleBucket(bucket)}`;
}

/** The Object Store name behind a stream, or undefined for a stream of another kind. Not unmangled: see `holdfast.bucket`. */
export function objectStoreName(stream: string): string | undefined {
  return stream.startsWith("OBJ_") ? stream.slice(4) : undefined;
}

/** All chunks of one run, in order. */
export function chunkSubject(bucket: string, id: string): string {
  return `$O.${mangleBucket(bucket)}.C.${id}`;
}

/** All chunks of a bucket. */
export function allChunks(bucket: string): string {
  return `$O.${mangleBucket(bucket)}.C.>`;
}

/** All records of a bucket. */
export function allRecords(bucket: string): string {
  return `$O.${mangleBucket(bucket)}.M.>`;
}

/** The record of a key. Base64url with padding, as the Object Store clients write it. */
export function recordSubject(bucket: string, key: string): string {
  const encoded = Buffer.from(key, "utf8").toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  return `$O.${mangleBucket(bucket)}.M.${encoded}`;
}

/** The subjects that the bucket's stream listens on. */
export function bucketSubjects(bucket: string): string[] {
  return [allChunks(bucket), allRecords(bucket)];
}

/** The subjects of a bucket that is being deleted: nobody publishes there, so nothing can slip in. */
export function frozenSubjects(bucket: string): string[] {
  return [`$HOLDFAST.frozen.${mangleBucket(bucket)}.C.>`, `$HOLDFAST.frozen.${mangleBucket(bucket)}.M.>`];
}
