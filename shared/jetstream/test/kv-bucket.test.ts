/** KV buckets over a real nats-server, beside the KV client of the NATS libraries. */
import { Kvm } from "@nats-io/kv";
import { startNats, type TestNats } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/nats-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiRequest, ensureKvBucket, ensureStream, findKvBucket, kvPrefix, publishAcked } from "../src/index.ts";

let nats: TestNats;
let nc: NatsConnection;
beforeAll(async () => {
  nats = await startNats();
  nc = await nats.connect();
});
afterAll(() => nats.stop());

const configOf = async (stream: string) => {
  const info = (await apiRequest(nc, `STREAM.INFO.${stream}`)) as { config: Record<string, unknown> };
  return info.config;
};

describe("ensureKvBucket", () => {
  test("makes a bucket that the KV client opens, and what either writes the other reads", async () => {
    expect(await ensureKvBucket(nc, "fresh", { replicas: 1, description: "of a test" })).toEqual({
      replicas: 1,
      perSubject: 1,
    });
    const kv = await new Kvm(nc).open("fresh");
    await publishAcked(nc, `${kvPrefix("fresh")}ours`, "1");
    expect((await kv.get("ours"))?.string()).toBe("1");
    const status = await kv.status();
    expect(status).toMatchObject({ bucket: "fresh", history: 1, replicas: 1, description: "of a test" });
  });

  test("makes what the KV client makes; besides, single messages cannot be deleted, as ADR-8 wants it", async () => {
    await new Kvm(nc).create("theirs", { replicas: 1, history: 1 });
    await ensureKvBucket(nc, "same", { replicas: 1 });
    const keys = ["max_msgs_per_subject", "discard", "storage", "allow_rollup_hdrs"];
    const pick = (config: Record<string, unknown>) => keys.map((key) => [key, config[key]]);
    const same = await configOf("KV_same");
    expect(pick(same)).toEqual(pick(await configOf("KV_theirs")));
    expect(same).toMatchObject({ allow_direct: true, deny_delete: true });
  });

  test("leaves one that is there as it is, and says how it is", async () => {
    await new Kvm(nc).create("history", { history: 10 });
    expect(await ensureKvBucket(nc, "history", { replicas: 1 })).toEqual({ replicas: 1, perSubject: 10 });
  });

  test("makes it once when many ask at once, with whatever settings", async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        ensureKvBucket(nc, "raced", { replicas: 1, markersExpire: index % 2 === 0 }),
      ),
    );
    expect(made).toEqual(Array.from({ length: 8 }, () => ({ replicas: 1, perSubject: 1 })));
  });

  test("lets markers expire where that is asked for, and not elsewhere", async () => {
    await ensureKvBucket(nc, "expiring", { replicas: 1, markersExpire: true });
    await ensureKvBucket(nc, "lasting", { replicas: 1 });
    expect((await configOf("KV_expiring"))["allow_msg_ttl"]).toBe(true);
    expect((await configOf("KV_lasting"))["allow_msg_ttl"] ?? false).toBe(false);
  });

  test("rejects more replicas than there are servers", async () => {
    await expect(ensureKvBucket(nc, "replicated", { replicas: 3 })).rejects.toMatchObject({ code: "Refused" });
    expect(await findKvBucket(nc, "replicated")).toBeUndefined();
  });
});

describe("ensureStream", () => {
  test("rejects with the first problem when the stream cannot be made", async () => {
    await ensureStream(nc, { name: "ONE", subjects: ["one.>"] });
    await expect(ensureStream(nc, { name: "OTHER", subjects: ["one.a"] })).rejects.toMatchObject({ code: "Refused" });
  });
});
