/** What the name of an image says. */

/** Where an `s3://bucket/key` image lies; undefined for what is no such name. */
export function s3Location(image: string): { readonly bucket: string; readonly key: string } | undefined {
  const [, bucket = "", key = ""] = /^s3:\/\/([a-zA-Z0-9._-]{1,255})\/(.+)$/s.exec(image) ?? [];
  return bucket === "" || Buffer.byteLength(key) > 1_024 ? undefined : { bucket, key };
}
