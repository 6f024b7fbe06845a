import { createHash, randomBytes } from "node:crypto";
import { getFromLeader, getLastDirect, publishAcked } from "@holdfast/jetstream";
import { headers } from "@nats-io/nats-core";
import { Objm } from "@nats-io/obj";
import { describe, expect, test } from "vitest";
import { decodeRecord, encodeRecord, readObject, recordSubject } from "../src/index.ts";
import { type Bench, collect, withBucket, writeRandom } from "./support.ts";

async function putOurs(bench: Bench, key: string, size: number): Promise<Buffer> {
  const { bytes, run } = await writeRandom(bench.nc, size, 1000, [777]);
  const rollup = headers();
  rollup.set("Nats-Rollup", "sub");
  const record = encodeRecord("b.x", {
    key,
    etag: createHash("md5").update(bytes).digest("hex"),
    sha256: createHash("sha256").update(bytes).digest("base64url"),
    size,
    lastModified: Date.now(),
    headers: { "content-type": "text/plain" },
    userMetadata: { a: "b" },
    tags: [],
    storageClass: "STANDARD",
    data: { kind: "run", run },
  });
  await publishAcked(bench.nc, recordSubject("b.x", key), record, { headers: rollup });
  return bytes;
}

describe("a plain Object Store client", () => {
  test.for([0, 1, 1000, 12_345])("reads and verifies our object of %i bytes", async (size) => {
    await using bench = await withBucket();
    const bytes = await putOurs(bench, "dir/a b", size);
    const store = await new Objm(bench.nc).open("b_x");
    expect(await store.list()).toMatchObject([{ name: "dir/a b", size, bucket: "b_x" }]);
    const info = await store.info("dir/a b");
    expect(info?.headers?.get("content-type")).toBe("text/plain");
    expect(Buffer.from((await store.getBlob("dir/a b")) ?? []).equals(bytes)).toBe(true);
  });

  test.for([0, 5, 300_000])("writes %i bytes that we read", async (size) => {
    await using bench = await withBucket();
    const store = await new Objm(bench.nc).open("b_x");
    const bytes = randomBytes(size);
    await store.putBlob({ name: "theirs", metadata: { mine: "1" } }, bytes);
    for (const get of [
      getFromLeader(bench.nc, "OBJ_b_x", { last_by_subj: recordSubject("b.x", "theirs") }),
      getLastDirect(bench.nc, "OBJ_b_x", recordSubject("b.x", "theirs")),
    ]) {
      const message = await get;
      if (message === undefined) throw new Error("no record");
      const record = decodeRecord(message.data, message);
      if (record.kind !== "object") throw new Error(record.kind);
      expect(record.object).toMatchObject({ key: "theirs", size, lastModified: message.timeMs });
      expect((await collect(readObject(bench.nc, record.object, { bucket: "b.x" }))).equals(bytes)).toBe(true);
      const [start, end] = [Math.floor(size / 3), Math.ceil(size / 2)];
      const range = collect(readObject(bench.nc, record.object, { bucket: "b.x", start, end }));
      expect((await range).equals(bytes.subarray(start, end))).toBe(true);
    }
  });

  test("deletes our object, and we see it deleted", async () => {
    await using bench = await withBucket();
    await putOurs(bench, "k", 10);
    const store = await new Objm(bench.nc).open("b_x");
    await store.delete("k");
    const message = await getFromLeader(bench.nc, "OBJ_b_x", { last_by_subj: recordSubject("b.x", "k") });
    expect(message === undefined ? undefined : decodeRecord(message.data, message).kind).toBe("deleted");
  });
});
