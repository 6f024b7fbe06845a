/**
 * A bucket of many keys: filled with records straight into its stream, then what rebuilding the index, starting from a checkpoint and
 * a page cost. `node services/object-metadata/bench/million.ts [keys] [buckets]`.
 */
import { readdir, stat } from "node:fs/promises";
import { objectMetadata } from "@holdfast/contracts";
import { publishAcked } from "@holdfast/jetstream";
import { type Client, client } from "@holdfast/micro";
import { encodeRecord, recordSubject } from "@holdfast/object-layout";
import type { NatsConnection } from "@nats-io/nats-core";
import { load, makeBed, useOf } from "./instance.ts";

type Api = Client<typeof objectMetadata>;
const keys = Number(process.argv[2] ?? 1_000_000);
const buckets = Number(process.argv[3] ?? 0);
const bucket = "big";
const say = (text: string) => process.stdout.write(`${text}\n`);
const keyOf = (i: number) =>
  `dir${String(Math.floor(i / 1_000)).padStart(5, "0")}/object-${String(i).padStart(8, "0")}`;

await using bed = await makeBed();
const nc = await bed.nats.connect();
const maker = await bed.start({ HOLDFAST_DATA_DIR: `${bed.dataDir}/maker` });
const api = client(nc, objectMetadata);
await api.CreateBucket({ bucket, owner: "ann" });
for (let i = 0; i < buckets; i++) await api.CreateBucket({ bucket: `bucket-${i}`, owner: "ann" });
await maker.stop();
await timed("fill the stream", keys, () => fill(nc));
say(`stream on disk: ${await sizeOf(bed.nats.storeDir)} MiB`);

const first = await bed.start();
await timed("rebuild the index", keys, () => untilListed(api));
await measureUse(first.pid, "after the rebuild");
await pages(api, first.pid);
await measureUse(first.pid, "after the pages");
await first.stop();
say(`index on disk: ${await sizeOf(bed.dataDir)} MiB (with the other instance's)`);
const last = { pid: 0 };
await timed("start from the checkpoint", 1, async () => Object.assign(last, { pid: (await bed.start()).pid }));
await timed("the first page then", 1, () => api.ListObjects({ bucket, maxKeys: 1 }));
await timed(`list ${buckets + 1} buckets`, 1, () => api.ListBuckets({}));
await measureUse(last.pid, "in the end");

async function fill(connection: NatsConnection): Promise<void> {
  let next = 0;
  const writer = async () => {
    for (let i = next++; i < keys; i = next++) {
      const id = `run${String(i).padStart(19, "0")}`;
      const record = encodeRecord(bucket, {
        key: keyOf(i),
        etag: "0123456789abcdef0123456789abcdef",
        size: 4_096,
        sha256: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        lastModified: Date.now(),
        headers: { "content-type": "application/octet-stream" },
        userMetadata: {},
        tags: [],
        storageClass: "STANDARD",
        data: { kind: "run", run: { id, size: 4_096, chunks: 1, chunkSize: 1_048_576 } },
      });
      await publishAcked(connection, recordSubject(bucket, keyOf(i)), record);
    }
  };
  await Promise.all(Array.from({ length: 256 }, writer));
}

/** The first listing waits for the index; a long rebuild outlasts its patience. */
async function untilListed({ ListObjects }: Api): Promise<void> {
  for (;;) {
    const page = await ListObjects({ bucket, maxKeys: 1 }, { timeoutMs: 120_000 }).catch(() => undefined);
    if (page !== undefined) return;
  }
}

async function pages({ ListObjects }: Api, pid: number): Promise<void> {
  const middle = keyOf(Math.floor(keys / 2));
  const queries = {
    whole: {},
    "start-after": { startAfter: middle },
    prefix: { prefix: middle.slice(0, 9) },
    delimiter: { delimiter: "/" },
  };
  for (const [name, query] of Object.entries(queries)) {
    const ask = () => ListObjects({ bucket, ...query });
    await load(1, 0.5, ask);
    const before = await useOf(pid);
    const began = performance.now();
    const count = await load(1, 2, ask);
    const ms = (performance.now() - began) / count;
    const cpu = ((await useOf(pid)).cpuMs - before.cpuMs) / count;
    const { objects, commonPrefixes } = await ask();
    const size = `${objects.length} keys, ${commonPrefixes.length} prefixes`;
    say(`page ${name.padEnd(12)} ${ms.toFixed(2)} ms, ${cpu.toFixed(2)} ms of CPU (${size})`);
  }
}

async function timed(what: string, count: number, work: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1_000;
  const rate = count > 1 ? `, ${Math.round(count / seconds)}/s` : "";
  say(`${what}: ${seconds.toFixed(2)} s${rate}`);
}

async function measureUse(pid: number, when: string): Promise<void> {
  const { cpuMs, rssMiB, peakMiB } = await useOf(pid);
  say(
    `memory ${when}: ${rssMiB.toFixed(0)} MiB, peak ${peakMiB.toFixed(0)}; CPU so far ${(cpuMs / 1_000).toFixed(1)} s`,
  );
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await stat(`${folder}/${name}`)).blocks * 512));
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1024 ** 2);
}
