/** Ranges of 1 GiB, 1 GiB in parts, and many whole ones at once. */
import { randomBytes } from "node:crypto";
import { RequestFailed, requiredHeader } from "../client/s3-client.ts";
import { expectBytes } from "./object-rows.ts";
import { forEachOf, GiB, MiB, type Row, type Scene } from "./row.ts";

const partBytes = 8 * MiB;
const parts = GiB / partBytes;
/** Parts of one upload under way at once, as SDKs do. */
const partsAtOnce = 4;
const uploads = 2;

/** One object of 1 GiB, put in one piece; gives its path. */
const bigObject = ({ client, bucket, once }: Scene) =>
  once("1 GiB", async () => {
    const path = `/${bucket}/big`;
    await client.succeed({ method: "PUT", path, body: randomBytes(partBytes), times: parts });
    return path;
  });

const range = (name: string, bytes: number): Row => ({
  name: `RANGE ${name} of 1GiB`,
  concurrency: [1, 16],
  floors: { nats: bytes === 1 ? "nats RANGE 1B" : "nats RANGE 1MiB" },
  async prepare(scene) {
    const path = await bigObject(scene);
    return async () => {
      const first = Math.floor(Math.random() * (GiB - bytes));
      const headers = { range: `bytes=${first}-${first + bytes - 1}` };
      return expectBytes(path, (await scene.client.succeed({ method: "GET", path, headers })).bytes, bytes);
    };
  },
});

type Upload = { readonly path: string; readonly query: string; readonly list: string };

async function uploadParts({ client, bucket }: Scene, body: Buffer): Promise<Upload> {
  const path = `/${bucket}/parts/${randomBytes(6).toString("hex")}`;
  const created = await client.succeed({ method: "POST", path, query: "uploads=", keepBody: true });
  const id = /<UploadId>([^<]+)<\/UploadId>/.exec(created.body?.toString() ?? "")?.[1];
  if (id === undefined) throw new RequestFailed("protocol", "CreateMultipartUpload gave no UploadId");
  const query = `uploadId=${encodeURIComponent(id)}`;
  const etags: string[] = [];
  await forEachOf(parts, partsAtOnce, async (index) => {
    const part = await client.succeed({ method: "PUT", path, query: `partNumber=${index + 1}&${query}`, body });
    etags[index] = requiredHeader(part, "etag");
  });
  const list = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
  return { path, query, list: `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>` };
}

/** Uploads whose parts are stored and that are not completed yet: made by the row of uploads, used up by that of completions. */
const waitingUploads = ({ once }: Scene) => once<Upload[]>("waiting uploads", async () => []);

const multipartUpload: Row = {
  name: "UPLOAD 1GiB in 8MiB parts",
  concurrency: [1],
  maxOperations: uploads,
  floors: { nats: "nats PUT 64MiB" },
  async prepare(scene) {
    const body = randomBytes(partBytes);
    const waiting = await waitingUploads(scene);
    return async () => {
      waiting.push(await uploadParts(scene, body));
      return GiB;
    };
  },
};

const completion: Row = {
  name: "COMPLETE 1GiB of 8MiB parts",
  concurrency: [1],
  maxOperations: uploads,
  floors: { nats: "nats DELETE" },
  async prepare(scene) {
    const waiting = await waitingUploads(scene);
    while (waiting.length < uploads) waiting.push(await uploadParts(scene, randomBytes(partBytes)));
    return async () => {
      const upload = waiting.pop();
      if (upload === undefined) throw new RequestFailed("used up", "no upload is left to complete");
      const body = Buffer.from(upload.list);
      const { path, query } = upload;
      const answer = await scene.client.succeed({ method: "POST", path, query, body, keepBody: true });
      // an error may come with status 200 here
      if (answer.body?.includes("<Error>")) throw new RequestFailed("200 with an error", answer.body.toString());
      return 0;
    };
  },
};

/** For the edge's memory: 64 at once, cut off when the time is up. */
const manyAtOnce: Row[] = [
  {
    name: "GET 1GiB",
    concurrency: [64],
    isLong: true,
    isCut: true,
    async prepare(scene) {
      const path = await bigObject(scene);
      return async () => expectBytes(path, (await scene.client.succeed({ method: "GET", path })).bytes, GiB);
    },
  },
  {
    name: "PUT 1GiB",
    concurrency: [64],
    isLong: true,
    isCut: true,
    async prepare({ client, bucket }) {
      const body = randomBytes(partBytes);
      return async (index) => {
        await client.succeed({ method: "PUT", path: `/${bucket}/many/${index}`, body, times: parts });
        return GiB;
      };
    },
  },
];

export const largeRows: readonly Row[] = [
  range("1B", 1),
  range("1MiB", MiB),
  multipartUpload,
  completion,
  ...manyAtOnce,
];
