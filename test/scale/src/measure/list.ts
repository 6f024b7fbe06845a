/** ListObjectsV2 as these sections use it: keys of one page, and a walk over all pages. Keys here need no escaping. */
import type { S3Client } from "@holdfast/test-bench";

export const pageKeys = 1_000;

/** The keys of a page behind `startAfter`. */
export async function listPage(client: S3Client, bucket: string, startAfter = "", prefix = ""): Promise<string[]> {
  const query = `list-type=2&prefix=${encodeURIComponent(prefix)}&start-after=${encodeURIComponent(startAfter)}`;
  const { body } = await client.succeed({ method: "GET", path: `/${bucket}`, query, keepBody: true });
  return [...(body?.toString() ?? "").matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
}

/** How many keys a walk over all pages gives; throws when one comes out of order, which is also when it comes twice. */
export async function countByWalk(
  client: S3Client,
  bucket: string,
  progress: (count: number) => void,
): Promise<number> {
  let [count, last] = [0, ""];
  for (;;) {
    const page = await listPage(client, bucket, last);
    for (const key of page) {
      if (key <= last) throw new Error(`${bucket} lists ${key} after ${last}`);
      last = key;
    }
    count += page.length;
    progress(count);
    if (page.length < pageKeys) return count;
  }
}
