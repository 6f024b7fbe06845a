import { startNats } from "@holdfast/testkit";
import { headers, type NatsConnection } from "@nats-io/nats-core";
import { describe, expect, test } from "vitest";
import { apiRequest, getBatch, getFromLeader, getLastDirect, publishAcked } from "../src/index.ts";

const stream = "S";

/** A server, a connection and a stream of the subjects `s.>`, one message each. */
async function withStream(config: object = {}) {
  const nats = await startNats();
  const nc = await nats.connect();
  const defaults = { name: stream, subjects: ["s.>"], allow_direct: true, max_msgs_per_subject: 1 };
  await apiRequest(nc, `STREAM.CREATE.${stream}`, { ...defaults, ...config });
  return { nc, [Symbol.asyncDispose]: () => nats.stop() };
}

function publishMany(nc: NatsConnection, count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => publishAcked(nc, `s.${i}`, `${i}`)));
}

const text = (data: Uint8Array | undefined) => Buffer.from(data ?? []).toString();

describe("publishAcked", () => {
  test("is a Conflict when the subject's last sequence is another than expected", async () => {
    await using bench = await withStream();
    const put = (lastSubjectSequence: number) => publishAcked(bench.nc, "s.a", "", { expect: { lastSubjectSequence } });
    expect(await put(0)).toBe(1);
    await expect(put(0)).rejects.toMatchObject({ code: "Conflict" });
    expect(await put(1)).toBe(2);
  });

  test("is a Conflict when the stream's last sequence is another than expected", async () => {
    await using bench = await withStream();
    const put = (subject: string, lastSequence: number) =>
      publishAcked(bench.nc, subject, "", { expect: { lastSequence } });
    expect(await put("s.a", 0)).toBe(1);
    await expect(put("s.b", 0)).rejects.toMatchObject({ code: "Conflict" });
    expect(await put("s.b", 1)).toBe(2);
  });

  test("with rollup leaves one message on its subject, also as a compare-and-set", async () => {
    await using bench = await withStream({ max_msgs_per_subject: -1, allow_rollup_hdrs: true });
    for (const body of ["1", "2"]) await publishAcked(bench.nc, "s.a", body);
    expect(await publishAcked(bench.nc, "s.a", "3", { rollup: true, expect: { lastSubjectSequence: 2 } })).toBe(3);
    const { messages } = await getBatch(bench.nc, stream, { seq: 1, next_by_subj: "s.>", batch: 10 });
    expect(messages.map(({ data }) => text(data))).toEqual(["3"]);
  });

  test("is SlowDown where more waits to be stored than the server takes", async () => {
    await using nats = await startNats({ config: "jetstream { max_buffered_msgs: 1 }" });
    const nc = await nats.connect();
    await apiRequest(nc, `STREAM.CREATE.${stream}`, { name: stream, subjects: ["s.>"] });
    const all = await Promise.allSettled(
      Array.from({ length: 500 }, () => publishAcked(nc, "s.a", Buffer.alloc(8_192))),
    );
    const refused = all.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(refused).not.toEqual([]);
    for (const reason of refused) expect(reason).toMatchObject({ code: "SlowDown", apiCode: 10_167 });
  });

  test("is SlowDown on a connection that is closed", async () => {
    await using bench = await withStream();
    await bench.nc.close();
    await expect(publishAcked(bench.nc, "s.a", "")).rejects.toMatchObject({ code: "SlowDown" });
  });

  test("is NoResponders where no stream listens", async () => {
    await using bench = await withStream();
    await expect(publishAcked(bench.nc, "elsewhere", "")).rejects.toMatchObject({ code: "NoResponders" });
  });
});

describe("a single message", () => {
  test("comes with its headers, from the leader and by direct get", async () => {
    await using bench = await withStream();
    const given = headers();
    given.set("Mine", "1");
    await publishAcked(bench.nc, "s.a", "body", { headers: given });
    const leader = await getFromLeader(bench.nc, stream, { last_by_subj: "s.a" });
    const direct = await getLastDirect(bench.nc, stream, "s.a");
    for (const message of [leader, direct]) {
      expect(message).toMatchObject({ subject: "s.a", sequence: 1 });
      expect(message?.headers?.get("Mine")).toBe("1");
      expect(text(message?.data)).toBe("body");
    }
    expect(leader?.timeMs).toBe(direct?.timeMs);
  });

  test("is undefined where there is none", async () => {
    await using bench = await withStream();
    expect(await getFromLeader(bench.nc, stream, { last_by_subj: "s.a" })).toBeUndefined();
    expect(await getLastDirect(bench.nc, stream, "s.a")).toBeUndefined();
  });
});

describe("getBatch", () => {
  test("gives the messages behind a sequence, at most as many as asked for", async () => {
    await using bench = await withStream();
    await publishMany(bench.nc, 5);
    const batch = (seq: number, size: number) =>
      getBatch(bench.nc, stream, { seq, next_by_subj: "s.>", batch: size }).then(({ messages }) =>
        messages.map(({ sequence, data }) => [sequence, text(data)]),
      );
    expect(await batch(2, 2)).toEqual([
      [2, "1"],
      [3, "2"],
    ]);
    expect(await batch(4, 10)).toEqual([
      [4, "3"],
      [5, "4"],
    ]);
    expect(await batch(6, 10)).toEqual([]);
  });

  test("gives the last message of each subject, and tells of which moment", async () => {
    await using bench = await withStream();
    await publishMany(bench.nc, 3);
    const answer = await getBatch(bench.nc, stream, { multi_last: ["s.0", "s.2"] });
    expect(answer).toMatchObject({ fits: true, upToSequence: 3, messages: [{ subject: "s.0" }, { subject: "s.2" }] });
  });

  test("tells when the subjects are more than one answer takes", async () => {
    await using bench = await withStream();
    await publishMany(bench.nc, 1_025);
    expect(await getBatch(bench.nc, stream, { multi_last: ["s.>"] })).toMatchObject({ fits: false, messages: [] });
  });

  test("is NoResponders where the stream gives no direct gets", async () => {
    await using bench = await withStream({ allow_direct: false });
    await expect(getBatch(bench.nc, stream, { multi_last: ["s.>"] })).rejects.toMatchObject({ code: "NoResponders" });
  });
});
