import { randomBytes } from "node:crypto";
import type { S3 } from "@aws-sdk/client-s3";
import { afterAll } from "vitest";
import { s3 } from "./clients.ts";

/** A name that no other run uses. */
export function bucketName(label = "b"): string {
  return `hfc-${label}-${randomBytes(6).toString("hex")}`;
}

const created: { name: string; client: S3 }[] = [];

/** Makes a bucket that is emptied and removed when the test file ends. Call it inside tests and hooks. */
export async function freshBucket(label = "b", client = s3): Promise<string> {
  const name = bucketName(label);
  await client.createBucket({ Bucket: name });
  created.push({ name, client });
  return name;
}

/** To be called once at the top of each test file. */
export function removeBucketsAtTheEnd(): void {
  afterAll(async () => {
    for (const { name, client } of created.splice(0)) await removeBucket(name, client);
  });
}

/** Empties and removes a bucket, whatever is in it. */
export async function removeBucket(name: string, client = s3): Promise<void> {
  const uploads = await client.listMultipartUploads({ Bucket: name });
  for (const { Key, UploadId } of uploads.Uploads ?? []) {
    await client.abortMultipartUpload({ Bucket: name, Key, UploadId });
  }
  for (;;) {
    const page = await client.listObjectsV2({ Bucket: name, EncodingType: "url" });
    const keys = (page.Contents ?? []).map(({ Key = "" }) => ({ Key: decodeListed(Key) }));
    if (keys.length > 0) await client.deleteObjects({ Bucket: name, Delete: { Objects: keys, Quiet: true } });
    if (page.IsTruncated !== true) break;
  }
  await client.deleteBucket({ Bucket: name });
}

/** A key of a listing with encoding-type=url (AWS writes a blank as `+`). */
export function decodeListed(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
