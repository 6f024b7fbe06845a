/** Listings of random keys with random parameters, compared page by page with a model of ten lines. */
import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { given, s3 } from "./support/clients.ts";
import { pick, seededRandom } from "./support/random.ts";

removeBucketsAtTheEnd();

const seed = Number(process.env["HOLDFAST_CONFORMANCE_SEED"] ?? 20_261_121);
const random = seededRandom(seed);
/** U+FF5E and the emoji stand in another order in UTF-16 than in UTF-8. */
const alphabet = ["a", "b", "/", "/", "-", "+", " ", "é", "～", "🎉", "0"];
const word = (length: number) => Array.from({ length }, () => pick(random, alphabet)).join("");
const keys = [...new Set(Array.from({ length: 250 }, () => word(1 + Math.floor(random() * 6))))];

let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("model");
  const queue = [...keys];
  const worker = async () => {
    for (let Key = queue.pop(); Key !== undefined; Key = queue.pop()) await s3.putObject({ Bucket, Key, Body: "" });
  };
  await Promise.all(Array.from({ length: 8 }, worker));
});

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

type Listing = { prefix: string; delimiter: string; startAfter: string };

/** What a listing holds: keys, and common prefixes marked by their place among them. */
function model({ prefix, delimiter, startAfter }: Listing): string[] {
  const entries = keys
    .filter((key) => key.startsWith(prefix) && compare(key, startAfter) > 0)
    .map((key) => {
      const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      return end === -1 ? `key ${key}` : `prefix ${key.slice(0, end + delimiter.length)}`;
    });
  return [...new Set(entries)].sort((a, b) => compare(name(a), name(b)));
}

/** AWS does not document whether a common prefix appears again when the listing starts at it or inside it. */
function startsInsidePrefix({ prefix, delimiter, startAfter }: Listing): boolean {
  return delimiter !== "" && startAfter.startsWith(prefix) && startAfter.includes(delimiter, prefix.length);
}

const name = (entry: string) => entry.slice(entry.indexOf(" ") + 1);

async function* pages({ prefix, delimiter, startAfter }: Listing, MaxKeys: number) {
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.listObjectsV2({
      Bucket,
      MaxKeys,
      Prefix: prefix,
      ...(delimiter === "" ? {} : { Delimiter: delimiter }),
      ...(startAfter === "" ? {} : { StartAfter: startAfter }),
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
    });
    const entries = [
      ...(page.Contents ?? []).map(({ Key }) => `key ${Key}`),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => `prefix ${Prefix}`),
    ].sort((a, b) => compare(name(a), name(b)));
    yield { entries, page };
    ContinuationToken = page.IsTruncated === true ? given(page.NextContinuationToken, "token") : undefined;
  } while (ContinuationToken !== undefined);
}

describe("ListObjectsV2: against a model", () => {
  const listings = Array.from({ length: 60 }, (_, index): [string, Listing, number] => {
    const listing = {
      prefix: pick(random, ["", "", word(1), word(2), pick(random, keys).slice(0, 3)]).toWellFormed(),
      delimiter: pick(random, ["", "", "/", "/", "a", "//", "🎉"]),
      startAfter: pick(random, ["", "", word(1), word(3), pick(random, keys)]),
    };
    return [`${index}`, listing, pick(random, [1, 2, 3, 7, 50, 1000])];
  })
    .filter(([, listing]) => !startsInsidePrefix(listing))
    .filter(([, listing, maxKeys]) => model(listing).length / maxKeys < 30);

  test.for(listings)(`seed ${seed}, listing %s: %o in pages of %i`, async ([, listing, maxKeys]) => {
    const expected = model(listing);
    const found: string[] = [];
    for await (const { entries, page } of pages(listing, maxKeys)) {
      expect(entries).toHaveLength(page.KeyCount ?? -1);
      expect(entries.length).toBeLessThanOrEqual(maxKeys);
      if (page.IsTruncated === true) expect(entries).toHaveLength(maxKeys);
      found.push(...entries);
    }
    expect(found).toEqual(expected);
  });
});
