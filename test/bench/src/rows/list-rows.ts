/** ListObjectsV2: pages of 1,000 from buckets of 1,000, 100,000 and 1,000,000 keys. */
import { setTimeout as sleep } from "node:timers/promises";
import { RequestFailed } from "../client/s3-client.ts";
import { fillByRecords } from "./fill-records.ts";
import { forEachOf, type Row, type Scene } from "./row.ts";

const pageKeys = 1_000;
/** Every bucket has 1,000 folders, so that a page of common prefixes has 1,000 entries in each of them. */
const folders = 1_000;
const longestBuildMs = 300_000;

/** `d0007/000012`: folder by number, then the key's number. */
const keyOf = (index: number) =>
  `d${String(index % folders).padStart(4, "0")}/${String(Math.floor(index / folders)).padStart(6, "0")}`;

/** A bucket of so many keys, made once: through S3, or, on a mesh of our own, by writing the records into its stream. */
const filledBucket = ({ client, bucket, nats, once, createBucket }: Scene, keys: number) =>
  once(`${keys} keys`, async () => {
    const name = `${bucket}-${keys}`;
    await createBucket(name);
    if (nats !== undefined && keys > pageKeys) await fillByRecords(nats, name, keys, keyOf);
    else
      await forEachOf(keys, 16, (i) => client.succeed({ method: "PUT", path: `/${name}/${keyOf(i)}`, body: noBytes }));
    return name;
  });
const noBytes = new Uint8Array();

/** What asks for a page of exactly 1,000 entries, behind `list-type=2`. */
type Kind = { readonly name: string; readonly query: (keys: number) => string };
const kinds: readonly Kind[] = [
  // from anywhere in the first half, so that a whole page follows
  { name: "", query: (keys) => (keys === pageKeys ? "" : `&start-after=d0${100 + Math.floor(Math.random() * 300)}`) },
  { name: " with a prefix", query: (keys) => (keys === pageKeys ? "&prefix=d0" : "&prefix=d05") },
  { name: " with a delimiter", query: () => "&delimiter=%2F" },
];

const listRow = (keys: number, { name, query }: Kind): Row => ({
  name: `LIST 1000 of ${keys} keys${name}`,
  concurrency: [16],
  isLong: keys > 100_000,
  floors: { nats: "nats LIST", http: "fastify LIST" },
  async prepare(scene) {
    const path = `/${await filledBucket(scene, keys)}`;
    const page = async () => {
      const call = { method: "GET", path, query: `list-type=2${query(keys)}`, keepBody: true } as const;
      const answer = await scene.client.succeed(call);
      if (answer.body?.includes(`<KeyCount>${pageKeys}</KeyCount>`)) return answer.bytes;
      const count = /<KeyCount>\d+/.exec(answer.body?.toString() ?? "")?.[0];
      throw new RequestFailed("wrong page", `${path}?${call.query}: ${count} instead of ${pageKeys}`);
    };
    await untilReady(page);
    return page;
  },
});

/** The first page of a filled bucket makes the server build its index: until then it may ask to slow down. */
async function untilReady(page: () => Promise<number>): Promise<void> {
  const end = performance.now() + longestBuildMs;
  for (;;) {
    try {
      await page();
      return;
    } catch (error) {
      const isBusy = error instanceof RequestFailed && error.kind.startsWith("503");
      if (!isBusy || performance.now() > end) throw error;
      await sleep(1_000);
    }
  }
}

export const listRows: readonly Row[] = [pageKeys, 100_000, 1_000_000].flatMap((keys) =>
  kinds.map((kind) => listRow(keys, kind)),
);
