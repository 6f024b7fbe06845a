/** Very many buckets: what each costs, and how long they take to be there again. */
import { forEachOf, median } from "@holdfast/test-bench";
import { listPage } from "../measure/list.ts";
import { secondsUntil } from "../measure/until.ts";
import { measureUse, type Memory, memoryOf } from "../measure/use.ts";
import { bytesOnDisk } from "../mesh/disk.ts";
import { type Scene, startScene } from "../mesh/scene.ts";
import { type Cell, isExactly, type SectionResult, type Table } from "../report/result.ts";
import type { Run } from "../run.ts";
import { bodyOf } from "./ingest.ts";

const objectsPerBucket = 5;
const atOnce = 16;
const listings = 20;

const nameOf = (index: number) => `scale-${String(index).padStart(6, "0")}`;
const keyOf = (index: number) => `object-${index}`;

export async function bucketsSection(run: Run): Promise<SectionResult> {
  const count = run.options.buckets;
  await using scene = await run.open(() => startScene());
  const empty = await memoryOf(scene.processes());
  const emptyDisk = await bytesOnDisk(scene.mesh.nats.storeDir);
  const rates: Cell[][] = [];
  const timed = async (what: string, operations: number, work: (index: number) => Promise<unknown>) => {
    const { seconds, totalCpuMs } = await measureUse(scene.processes(), () =>
      forEachOf(operations, atOnce, async (index) => {
        await work(index);
        run.progress(`buckets: ${what}, ${index + 1} of ${operations}`);
      }),
    );
    rates.push([what, operations, operations / seconds, totalCpuMs / operations]);
  };
  const { client } = scene;
  await timed("CreateBucket", count, (i) => client.succeed({ method: "PUT", path: `/${nameOf(i)}` }));
  const made = await memoryOf(scene.processes());
  await timed(`PUT, ${objectsPerBucket} to each`, count * objectsPerBucket, (i) => {
    const [bucket, key] = [nameOf(i % count), keyOf(Math.floor(i / count))];
    return client.succeed({ method: "PUT", path: `/${bucket}/${key}`, body: bodyOf(key) });
  });
  let missing = 0;
  await timed("ListObjectsV2 of each", count, async (i) => {
    missing += objectsPerBucket - (await listPage(client, nameOf(i))).length;
  });
  const used = await memoryOf(scene.processes());
  const disk = await bytesOnDisk(scene.mesh.nats.storeDir);
  const listed = await timeListBuckets(scene);
  rates.push([`ListBuckets (p50 ${listed.p50.toFixed(1)} ms)`, listings, listings / listed.seconds, listed.cpuMs]);
  const restarts = await restartsTable(scene, count);
  const unread = await wrongBodies(scene, count);
  return {
    section: "buckets",
    tables: [
      {
        title: `${count} buckets, ${atOnce} callers`,
        columns: ["what", "operations", "per second", "CPU ms"],
        rows: rates,
      },
      memoryTable(count, { empty, made, used }),
      {
        title: "Disk",
        columns: ["what", "per bucket"],
        rows: [[`bytes of JetStream, with ${objectsPerBucket} objects of 128 bytes`, (disk - emptyDisk) / count]],
      },
      restarts,
    ],
    checks: [
      isExactly("ListBuckets names every bucket", listed.buckets, count),
      isExactly("objects missing from the listings of their buckets", missing, 0),
      isExactly("objects, one of each bucket, that are not the same after the restarts", unread, 0),
    ],
  };
}

async function listBuckets({ client }: Scene): Promise<number> {
  const { body } = await client.succeed({ method: "GET", path: "/", keepBody: true });
  return (body?.toString() ?? "").split("<Bucket>").length - 1;
}

async function timeListBuckets(scene: Scene) {
  const times: number[] = [];
  let buckets = 0;
  const { seconds, totalCpuMs } = await measureUse(scene.processes(), async () => {
    for (let i = 0; i < listings; i++) {
      const began = performance.now();
      buckets = await listBuckets(scene);
      times.push(performance.now() - began);
    }
  });
  return { buckets, p50: median(times), seconds, cpuMs: totalCpuMs / listings };
}

async function restartsTable(scene: Scene, count: number): Promise<Table> {
  const { mesh, client } = scene;
  const everyListing = async () => {
    if ((await listBuckets(scene)) !== count) return false;
    await forEachOf(count, atOnce, (i) => listPage(client, nameOf(i)));
    return true;
  };
  const everyGet = async () => {
    await forEachOf(count, atOnce, (i) => client.succeed({ method: "GET", path: `/${nameOf(i)}/${keyOf(0)}` }));
    return true;
  };
  await mesh.kill("object-metadata", 0, "SIGTERM");
  const metadata = await secondsUntil(() => mesh.restart("object-metadata"), everyListing);
  await mesh.nats.kill("SIGTERM");
  const stopped = await secondsUntil(() => mesh.nats.restart(), everyGet);
  await mesh.nats.kill("SIGKILL");
  const killed = await secondsUntil(() => mesh.nats.restart(), everyGet);
  return {
    title: "Coming back (seconds from the start of the process)",
    columns: ["what", "until", "seconds"],
    rows: [
      ["object-metadata, stopped in order", "ListBuckets and a listing of every bucket", metadata],
      ["nats-server, stopped in order", "a GET from every bucket", stopped],
      ["nats-server, SIGKILL", "a GET from every bucket", killed],
    ],
  };
}

function memoryTable(count: number, { empty, made, used }: Record<"empty" | "made" | "used", Memory>): Table {
  return {
    title: "Memory (RSS, MiB)",
    columns: ["process", "no bucket", "buckets made", "each used", "KiB per bucket"],
    rows: Object.keys(empty).map((name) => {
      const [before, after] = [empty[name]?.rssMiB ?? 0, used[name]?.rssMiB ?? 0];
      return [name, before, made[name]?.rssMiB ?? 0, after, ((after - before) * 1024) / count];
    }),
  };
}

async function wrongBodies({ client }: Scene, count: number): Promise<number> {
  let wrong = 0;
  await forEachOf(count, atOnce, async (i) => {
    const key = keyOf(i % objectsPerBucket);
    const { body } = await client.succeed({ method: "GET", path: `/${nameOf(i)}/${key}`, keepBody: true });
    if (body === undefined || !bodyOf(key).equals(body)) wrong++;
  });
  return wrong;
}
