import { randomBytes } from "node:crypto";
import type { ChunkRun } from "@holdfast/contracts";
import { apiRequest, isStorageError, publishAcked, StorageError } from "@holdfast/jetstream";
import { createChunkWriter, recordSubject, streamName } from "@holdfast/object-layout";
import { waitFor } from "@holdfast/testkit";
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import { describe, expect, test } from "vitest";
import { type Api, codeOf, etagOf, get, listAll, put, read, startBench } from "./support.ts";

/** Changes a stream's limits behind the service's back, as an operator could. */
async function limit(nc: NatsConnection, limits: object): Promise<void> {
  const info = await apiRequest(nc, `STREAM.INFO.${streamName("b")}`);
  const { config } = info as { config: object };
  await apiRequest(nc, `STREAM.UPDATE.${streamName("b")}`, { ...config, ...limits });
}

async function commit(api: Api, key: string, run: ChunkRun) {
  const attributes = { headers: {}, userMetadata: {}, tags: [], storageClass: "STANDARD" };
  return api.CommitObject({
    bucket: "b",
    key,
    attributes,
    etag: "0".repeat(32),
    size: run.size,
    data: { kind: "run", run },
  });
}

describe("a chunk that the stream refuses while it takes the record", () => {
  test("leaves no object where there was none", async () => {
    await using bench = await startBench();
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(api, "other", "x");
    // the instance still believes that chunk and record may go out together
    await limit(bench.nc, { max_msg_size: 2000 });
    await expect(put(api, "k", randomBytes(5000))).rejects.toSatisfy((error) => isStorageError(error, "Refused"));
    expect(await codeOf(get(api, "k"))).toBe("NoSuchKey");
    expect((await listAll(api)).keys).toEqual(["other"]);
    const fresh = await bench.start();
    expect((await listAll(fresh.api)).keys).toEqual(["other"]);
    await put(api, "k", "small enough", { ifNoneMatch: "*" });
    expect(await get(fresh.api, "k")).toBe("small enough");
  });

  test("leaves the object that was there", async () => {
    await using bench = await startBench();
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(api, "k", "old");
    await limit(bench.nc, { max_msg_size: 2000 });
    await expect(put(api, "k", randomBytes(5000))).rejects.toThrow(/message size/);
    expect(await get(api, "k")).toBe("old");
  });
});

describe("the bytes of a small object that no answer comes for", () => {
  const runsOf = async (nc: NatsConnection) => {
    const info = await apiRequest(nc, `STREAM.INFO.${streamName("b")}`, { subjects_filter: "$O.b.C.>" });
    return Object.keys((info as { state: { subjects?: object } }).state.subjects ?? {});
  };

  test("are not sent again when the stream has them", async () => {
    await using bench = await startBench();
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(api, "k", "old");
    await limit(bench.nc, { no_ack: true });
    await put(api, "k", "new");
    expect(await get(api, "k")).toBe("new");
    // the one of the old object waits for its readers
    expect(await runsOf(bench.nc)).toHaveLength(2);
  }, 60_000);

  test("are sent once more when it has not; a first copy that comes late changes nothing and is removed", async () => {
    await using bench = await startBench({ HOLDFAST_PURGE_GRACE: "10s" });
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(api, "k", "old");
    // what is sent reaches somebody who does not answer, as with a leader that dies
    const lost = Promise.withResolvers<Msg>();
    await limit(bench.nc, { subjects: ["$O.b.M.>"] });
    const silent = bench.nc.subscribe("$O.b.C.>", { callback: (_, message) => lost.resolve(message) });
    const writing = put(api, "k", "new");
    const { subject, data } = await lost.promise;
    silent.unsubscribe();
    await bench.nc.flush();
    await limit(bench.nc, { subjects: ["$O.b.C.>", "$O.b.M.>"] });
    await writing;
    await publishAcked(bench.nc, subject, data);
    expect(await get(api, "k")).toBe("new");
    expect(await runsOf(bench.nc)).toContain(subject);
    await waitFor(async () => !(await runsOf(bench.nc)).includes(subject), { timeoutMs: 40_000 });
    expect(await get(api, "k")).toBe("new");
  }, 60_000);
});

describe("a record that is in doubt", () => {
  test("keeps its bytes while the stream refuses to take it again: it may still be stored", async () => {
    await using bench = await startBench();
    const { api, instance } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(api, "k", "old");
    // what a stream of replicas that are slow does: no answer, and then a conflict with what is on its way
    const { js } = instance.parts;
    const publishRecord = js.publishRecord.bind(js);
    const late: (() => Promise<unknown>)[] = [];
    Object.assign(js, {
      publishRecord: (...record: Parameters<typeof publishRecord>) => {
        if (late.push(() => publishRecord(...record)) > 1) return Promise.resolve(undefined);
        return Promise.reject(new StorageError("SlowDown", "no answer"));
      },
    });
    expect(await codeOf(put(api, "k", "new"))).toBe("SlowDown");
    await late[0]?.();
    expect(await get(api, "k")).toBe("new");
  }, 60_000);
});

describe("a full bucket", () => {
  test("answers QuotaExceeded, keeps what it has, and takes deletes", async () => {
    await using bench = await startBench({ HOLDFAST_PURGE_GRACE: "0" });
    await bench.api.CreateBucket({ bucket: "b", owner: "ann", storage: { maxBytes: 50_000 } });
    const stored: string[] = [];
    let code = "none";
    for (let i = 0; code === "none"; i++) {
      code = await codeOf(put(bench.api, `k${i}`, `${i}`.padEnd(8000, "x")));
      if (code === "none") stored.push(`k${i}`);
    }
    expect(code).toBe("QuotaExceeded");
    expect((await listAll(bench.api)).keys).toEqual(stored);
    expect(await codeOf(put(bench.api, "k0", "y".repeat(20_000)))).toBe("QuotaExceeded");
    expect(await get(bench.api, "k0")).toBe("0".padEnd(8000, "x"));
  });
});

describe("CommitObject", () => {
  test("refuses a run that is not in this bucket's stream", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    const writer = createChunkWriter(bench.nc, { bucket: "b", id: "run1", chunkSize: 1000 });
    await writer.write(randomBytes(2500));
    const run = await writer.finish();
    await bench.api.DeleteBucket({ bucket: "b" });
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    const { api } = await bench.start();
    expect(await codeOf(commit(api, "k", run))).toBe("SlowDown");
    expect(await codeOf(get(api, "k"))).toBe("NoSuchKey");
  });

  test("makes a run visible, over an older object whose chunks go after the grace period", async () => {
    await using bench = await startBench({ HOLDFAST_PURGE_GRACE: "0" });
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(api, "k", "old");
    const bytes = randomBytes(2500);
    const writer = createChunkWriter(bench.nc, { bucket: "b", id: "run1", chunkSize: 1000 });
    await writer.write(bytes);
    await commit(api, "k", await writer.finish());
    expect(etagOf(await read(api, "k"))).toBe(etagOf(bytes));
    await expect
      .poll(async () => {
        const info = await apiRequest(bench.nc, `STREAM.INFO.${streamName("b")}`);
        return (info as { state: { messages: number } }).state.messages;
      })
      .toBe(4);
  });

  test("refuses what could not be read back, and leaves nothing", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    const run = { id: "run1", size: 10, chunks: 1, chunkSize: 1000, sequences: "__" };
    expect(await codeOf(commit(bench.api, "k", run))).toBe("InternalError");
  });

  test("on an expected sequence succeeds once, however often it is sent", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    const writer = createChunkWriter(bench.nc, { bucket: "b", id: "run1", chunkSize: 1000 });
    await writer.write(randomBytes(10));
    const run = await writer.finish();
    const once = () =>
      codeOf(
        bench.api.CommitObject({
          bucket: "b",
          key: "k",
          attributes: {},
          etag: "0".repeat(32),
          size: 10,
          data: { kind: "run", run },
          expectedSequence: 0,
        }),
      );
    const codes = await Promise.all([once(), once(), once()]);
    expect(codes.toSorted()).toEqual(["ConditionalRequestConflict", "ConditionalRequestConflict", "none"]);
  });
});

describe("a restart of nats-server", () => {
  test("makes calls wait or answer SlowDown, and loses nothing that was acknowledged", async () => {
    await using bench = await startBench();
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    const acknowledged: string[] = [];
    const codes = new Set<string>();
    const stop = new AbortController();
    const write = async (writer: number) => {
      for (let i = 0; !stop.signal.aborted; i++) {
        // each key is written once: a 412 would be our own write, stored and denied
        const code = await codeOf(put(api, `w${writer}-${i}`, `${writer} ${i}`, { ifNoneMatch: "*" }));
        if (code === "none") acknowledged.push(`w${writer}-${i}`);
        codes.add(code);
      }
    };
    const writers = Array.from({ length: 4 }, (_, i) => write(i));
    await expect.poll(() => acknowledged.length).toBeGreaterThan(50);
    await bench.nats.restart();
    const before = acknowledged.length;
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 50);
    stop.abort();
    await Promise.all(writers);
    expect([...codes].filter((code) => code !== "none" && code !== "SlowDown")).toEqual([]);
    const listed = new Set((await listAll(api)).keys);
    expect(acknowledged.filter((key) => !listed.has(key))).toEqual([]);
    expect(await get(api, acknowledged.at(-1) ?? "")).toBe(acknowledged.at(-1)?.slice(1).replace("-", " "));
  });
});

describe("an index entry whose record is gone without a trace", () => {
  test("is forgotten when the key is read", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(bench.api, "k", "x");
    expect((await listAll(bench.api)).keys).toEqual(["k"]);
    await apiRequest(bench.nc, `STREAM.PURGE.${streamName("b")}`, { filter: recordSubject("b", "k") });
    expect(await codeOf(get(bench.api, "k"))).toBe("NoSuchKey");
    expect((await listAll(bench.api)).keys).toEqual([]);
    await put(bench.api, "k", "y", { ifNoneMatch: "*" });
    expect(await get(bench.api, "k")).toBe("y");
  });
});
