/** Removes what a run has written to a server of others. A mesh of our own goes as a whole. */
import { hash } from "node:crypto";
import type { S3Client } from "../client/s3-client.ts";

/** Aborts the bucket's uploads, deletes its objects and then the bucket itself. */
export async function removeBucket(client: S3Client, bucket: string): Promise<void> {
  const path = `/${bucket}`;
  const uploads = await client.succeed({ method: "GET", path, query: "uploads=", keepBody: true });
  for (const [, upload = ""] of xmlOf(uploads).matchAll(/<Upload>(.*?)<\/Upload>/gs)) {
    const [key = "", id = ""] = [valueOf(upload, "Key"), valueOf(upload, "UploadId")];
    await client.succeed({ method: "DELETE", path: `${path}/${key}`, query: `uploadId=${encodeURIComponent(id)}` });
  }
  for (;;) {
    const page = xmlOf(await client.succeed({ method: "GET", path, query: "list-type=2", keepBody: true }));
    const keys = [...page.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key = ""]) => key);
    if (keys.length === 0) break;
    await deleteObjects(client, path, keys);
  }
  await client.succeed({ method: "DELETE", path });
}

/** The keys are our own: plain letters, digits and slashes, which need no escaping. */
async function deleteObjects(client: S3Client, path: string, keys: readonly string[]): Promise<void> {
  const objects = keys.map((key) => `<Object><Key>${key}</Key></Object>`).join("");
  const body = Buffer.from(`<Delete><Quiet>true</Quiet>${objects}</Delete>`);
  const headers = { "content-md5": hash("md5", body, "base64") };
  const answer = await client.succeed({ method: "POST", path, query: "delete=", body, headers, keepBody: true });
  const refused = /<Error>.*?<\/Error>/s.exec(xmlOf(answer));
  if (refused) throw new Error(`${path} cannot be emptied: ${refused[0]}`);
}

const xmlOf = ({ body }: { body: Buffer | undefined }): string => body?.toString() ?? "";
const valueOf = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
