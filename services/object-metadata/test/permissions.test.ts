import { startMeshNats } from "@holdfast/testkit";
import { expect, test } from "vitest";
import { codeOf, get, listAll, put, startBench } from "./support.ts";

test("object-metadata needs no more than the permissions of its NATS user", async () => {
  const nats = await startMeshNats();
  const connect = () =>
    nats.connect({
      user: "object-metadata",
      pass: nats.passwords["object-metadata"],
      inboxPrefix: "_INBOX_object-metadata",
    });
  await using bench = await startBench(
    { HOLDFAST_SWEEP_MIN_AGE: "0", HOLDFAST_PURGE_GRACE: "0", HOLDFAST_TOMBSTONE_AGE: "0" },
    { nats, connect, stop: () => nats.stop() },
  );
  const { api, instance } = await bench.start();
  await api.CreateBucket({ bucket: "b", owner: "ann" });
  await put(api, "k", "x");
  await put(api, "k", "y");
  await api.PutObjectTagging({ bucket: "b", key: "k", tags: [{ key: "a", value: "b" }] });
  expect(await get(api, "k")).toBe("y");
  expect((await listAll(api)).keys).toEqual(["k"]);
  expect(await codeOf(api.DeleteBucket({ bucket: "b" }))).toBe("BucketNotEmpty");
  expect(await api.Sweep({ bucket: "b" })).toMatchObject({ orphanBytes: expect.any(Number) });
  expect((await api.ListBuckets({})).buckets).toHaveLength(1);
  await api.DeleteObjects({ bucket: "b", objects: [{ key: "k" }] });
  await instance.parts.sweeper.sweepAll();
  await api.DeleteBucket({ bucket: "b" });
  expect(await codeOf(api.DescribeBucket({ bucket: "b" }))).toBe("NoSuchBucket");
});
