/** Many bytes through one edge, up and down: memory that does not grow with objects, and every byte compared. */
import { createHash, randomBytes } from "node:crypto";
import { forEachOf, forgetPeak, requiredHeader, type S3Client } from "@holdfast/test-bench";
import { waitFor } from "@holdfast/testkit";
import { type Memory, measureUse, memoryOf, type Use } from "../measure/use.ts";
import { bytesOnDisk, expectFreeBytes } from "../mesh/disk.ts";
import { type Scene, startScene } from "../mesh/scene.ts";
import { type Cell, type Check, isExactly, type SectionResult } from "../report/result.ts";
import type { Run } from "../run.ts";

const bucket = "scale-bytes";
const MiB = 1024 ** 2;
const GiB = 1024 * MiB;
const inFlight = 4;
/** No divisor of a chunk: no two chunks of an object are alike, so that a wrong order is seen. */
const blockBytes = MiB + 4_093;
const diskFactor = 1.3;
/** The budget for 64 requests of 1 GiB at once; ours are fewer. */
const edgeLimitMiB = 400;

type Large = { readonly path: string; readonly block: Buffer; readonly times: number; readonly etag: string };

export async function bytesSection(run: Run): Promise<SectionResult> {
  const total = run.options.gib * GiB;
  await expectFreeBytes(run.folder, total * diskFactor);
  const objects = makeObjects(run, total);
  await using scene = await run.open(() => startScene({ env: { HOLDFAST_PURGE_GRACE: "1s" } }));
  await scene.client.succeed({ method: "PUT", path: `/${bucket}` });
  const before = await bytesOnDisk(scene.mesh.nats.storeDir);
  const up = await phase(run, scene, "up", objects, (object) => upload(scene.client, object));
  const stored = await bytesOnDisk(scene.mesh.nats.storeDir);
  const down = await phase(run, scene, "down", objects, (object) => download(scene.client, object));
  const moved = objects.reduce((sum, { block, times }) => sum + block.length * times, 0);
  const freed = await freeDisk(scene, objects, before + Math.max(16 * MiB, moved / 20));
  const row = (name: string, { use, memory, baseline }: Phase): Cell[] => [
    name,
    moved / MiB / use.seconds,
    ...[use.totalCpuMs, ...["nats-server", "s3-edge", "object-metadata"].map((process) => use.cpuMs[process] ?? 0)].map(
      (ms) => ms / (moved / MiB),
    ),
    use.clientCpuMs / (moved / MiB),
    baseline["s3-edge"]?.rssMiB ?? 0,
    memory["s3-edge"]?.peakRssMiB ?? 0,
    memory["nats-server"]?.peakRssMiB ?? 0,
  ];
  const edgePeak = Math.max(up.memory["s3-edge"]?.peakRssMiB ?? 0, down.memory["s3-edge"]?.peakRssMiB ?? 0);
  return {
    section: "bytes",
    tables: [
      {
        title: `${objects.length} objects of ${Math.round(moved / objects.length / MiB)} MiB through one edge, ${inFlight} at once; CPU in ms per MiB`,
        columns: [
          "way",
          "MiB/s",
          "CPU, all",
          "nats-server",
          "s3-edge",
          "object-metadata",
          "client",
          "edge RSS before, MiB",
          "edge peak",
          "nats-server peak",
        ],
        rows: [row("up", up), row("down", down)],
      },
      {
        title: "Disk",
        columns: ["what", "bytes"],
        rows: [
          ["stored", moved],
          ["on disk for it", stored - before],
        ],
      },
    ],
    checks: [
      isExactly("objects whose ETag is not the MD5 of what was sent", up.use.result, 0),
      isExactly("objects that came down with another ETag or any other byte", down.use.result, 0),
      {
        what: `the edge stays below ${edgeLimitMiB} MiB`,
        holds: edgePeak < edgeLimitMiB,
        seen: `${Math.round(edgePeak)} MiB`,
      },
      freed,
    ],
  };
}

function makeObjects(run: Run, total: number): Large[] {
  const count = Math.max(inFlight, Math.ceil(total / GiB));
  const times = Math.max(1, Math.floor(total / count / blockBytes));
  return Array.from({ length: count }, (_, index) => {
    run.progress(`bytes: MD5 of object ${index + 1} of ${count}`);
    const block = randomBytes(blockBytes);
    const md5 = createHash("md5");
    for (let i = 0; i < times; i++) md5.update(block);
    return { path: `/${bucket}/large-${index}`, block, times, etag: `"${md5.digest("hex")}"` };
  });
}

type Phase = { readonly use: Use<number>; readonly baseline: Memory; readonly memory: Memory };

/** Moves every object; the result is how many were wrong. */
async function phase(
  run: Run,
  { client, processes }: Scene,
  way: string,
  objects: readonly Large[],
  move: (object: Large) => Promise<boolean>,
): Promise<Phase> {
  const all = processes();
  await Promise.all(all.map(({ pid }) => forgetPeak(pid)));
  const baseline = await memoryOf(all);
  const from = client.moved;
  const began = performance.now();
  const timer = setInterval(() => {
    const mib = (client.moved - from) / MiB;
    run.progress(
      `bytes: ${Math.round(mib)} MiB ${way}, ${Math.round((mib * 1_000) / (performance.now() - began))} MiB/s`,
    );
  }, 1_000);
  let wrong = 0;
  const use = await measureUse(all, async () => {
    await forEachOf(objects.length, inFlight, async (index) => {
      const object = objects[index];
      if (object !== undefined && !(await move(object))) wrong++;
    });
    return wrong;
  }).finally(() => clearInterval(timer));
  return { use, baseline, memory: await memoryOf(all) };
}

async function upload(client: S3Client, { path, block, times, etag }: Large): Promise<boolean> {
  return requiredHeader(await client.succeed({ method: "PUT", path, body: block, times }), "etag") === etag;
}

async function download(client: S3Client, { path, block, times, etag }: Large): Promise<boolean> {
  let at = 0;
  let isSame = true;
  const onBody = (piece: Buffer) => {
    for (let from = 0; from < piece.length;) {
      const start = at % block.length;
      const length = Math.min(piece.length - from, block.length - start);
      isSame &&= piece.compare(block, start, start + length, from, from + length) === 0;
      from += length;
      at += length;
    }
  };
  const answer = await client.succeed({ method: "GET", path, onBody });
  return isSame && at === block.length * times && requiredHeader(answer, "etag") === etag;
}

/** Deletes everything; then JetStream gives the disk back. */
async function freeDisk({ client, mesh }: Scene, objects: readonly Large[], limit: number): Promise<Check> {
  for (const { path } of objects) await client.succeed({ method: "DELETE", path });
  const left = () => bytesOnDisk(mesh.nats.storeDir);
  const holds = await waitFor(async () => (await left()) < limit, { timeoutMs: 60_000, intervalMs: 200 }).catch(
    () => false,
  );
  return { what: "deleting gives the disk back", holds, seen: `${Math.round((await left()) / MiB)} MiB are left` };
}
