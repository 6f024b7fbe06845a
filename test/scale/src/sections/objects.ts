/** Very many objects in one bucket: what each costs on disk and in memory, and how long everything takes to come back. */
import { forEachOf, median } from "@holdfast/test-bench";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { countByWalk, listPage, pageKeys } from "../measure/list.ts";
import { secondsUntil } from "../measure/until.ts";
import { measureUse, type Memory, memoryOf } from "../measure/use.ts";
import { bytesOnDisk, expectFreeBytes } from "../mesh/disk.ts";
import { type Scene, startScene } from "../mesh/scene.ts";
import { streamState } from "../mesh/stream.ts";
import { isExactly, type SectionResult, type Table } from "../report/result.ts";
import type { Run } from "../run.ts";
import { bodyOf, createKeys, ingest, type Keys } from "./ingest.ts";

const bucket = "scale-objects";
/** With room for what nats-server writes beside the messages. */
const diskBytesPerObject = 3_000;

export async function objectsSection(run: Run): Promise<SectionResult> {
  const { objects } = run.options;
  await expectFreeBytes(run.folder, objects * diskBytesPerObject);
  await using scene = await run.open(() => startScene());
  await scene.client.succeed({ method: "PUT", path: `/${bucket}` });
  const empty = await memoryOf(scene.processes());
  const keys = createKeys(objects);
  const ingested = await ingest(run, scene, bucket, keys);
  const full = await memoryOf(scene.processes());
  const kept = await keptTable(scene, objects);
  const pages = await pagesTable(scene, keys);
  const listed = await walk(run, scene, objects);
  const restarts = await restartsTable(scene, keys);
  const again = await memoryOf(scene.processes());
  const relisted = await walk(run, scene, objects);
  const wrong = await wrongBodies(scene, keys);
  return {
    section: "objects",
    tables: [ingested.table, kept, memoryTable(objects, { empty, full, again }), pages, restarts],
    checks: [
      isExactly("every PUT was answered with success: errors", ingested.errors, 0),
      isExactly("a walk over all pages lists each key once, in order", listed, objects),
      isExactly("the same after all restarts and a rebuild of the index", relisted, objects),
      isExactly("objects read at random afterwards that differ", wrong, 0),
    ],
  };
}

async function keptTable({ mesh, admin }: Scene, objects: number): Promise<Table> {
  const { messages, bytes, subjects } = await streamState(admin, bucket);
  const stream = await bytesOnDisk(join(mesh.nats.storeDir, "jetstream"));
  const index = await bytesOnDisk(indexFolder(mesh));
  const row = (what: string, total: number) => [what, total, total / objects];
  return {
    title: "What is kept",
    columns: ["what", "total", "per object"],
    rows: [
      row("messages in the stream", messages),
      row("subjects in the stream", subjects),
      row("bytes in the stream, as it counts them", bytes),
      row("bytes of JetStream on disk", stream),
      row("bytes of the index on disk", index),
    ],
  };
}

const indexFolder = ({ processes }: Scene["mesh"]) => {
  const folder = processes.find(({ service }) => service === "object-metadata")?.dataFolder;
  if (folder === undefined) throw new Error("object-metadata does not run");
  return join(folder, "object-metadata");
};

function memoryTable(objects: number, { empty, full, again }: Record<"empty" | "full" | "again", Memory>): Table {
  const perObject = (name: string) => (((again[name]?.rssMiB ?? 0) - (empty[name]?.rssMiB ?? 0)) * 1024 ** 2) / objects;
  return {
    title: "Memory (RSS, MiB)",
    columns: ["process", "empty", "after ingest", "peak", "after restart", "bytes per object then"],
    rows: ["nats-server", "object-metadata", "s3-edge"].map((name) => {
      const { rssMiB = 0, peakRssMiB = 0 } = full[name] ?? {};
      return [name, empty[name]?.rssMiB ?? 0, rssMiB, peakRssMiB, again[name]?.rssMiB ?? 0, perObject(name)];
    }),
  };
}

async function pagesTable(scene: Scene, keys: Keys): Promise<Table> {
  const repeats = 40;
  const at = async (where: string, startAfter: string) => {
    const times: number[] = [];
    const { totalCpuMs } = await measureUse(scene.processes(), async () => {
      for (let i = 0; i < repeats; i++) {
        const began = performance.now();
        const page = await listPage(scene.client, bucket, startAfter);
        times.push(performance.now() - began);
        if (page.length !== pageKeys) throw new Error(`a page of ${page.length} instead of ${pageKeys} keys`);
      }
    });
    return [where, median(times), totalCpuMs / repeats];
  };
  return {
    title: "A page of 1,000 keys, one caller",
    columns: ["where", "p50 ms", "CPU ms, all processes"],
    rows: [
      await at("beginning", ""),
      await at("middle", keys.sorted(Math.max(0, Math.floor(keys.count / 2) - pageKeys))),
      // the last key must not be in it, or it would not be a whole page at 1,000 keys
      await at("end", keys.count === pageKeys ? "" : keys.sorted(keys.count - pageKeys - 1)),
    ],
  };
}

async function restartsTable(scene: Scene, keys: Keys): Promise<Table> {
  const { mesh, client } = scene;
  const lastPage = async () =>
    (await listPage(client, bucket, keys.sorted(keys.count - 2))).at(0) === keys.sorted(keys.count - 1);
  const firstGet = async () =>
    (await client.succeed({ method: "GET", path: `/${bucket}/${keys.sorted(0)}` })).status === 200;
  const folder = indexFolder(mesh);
  const metadata = () => mesh.restart("object-metadata");
  const nats = async () => mesh.nats.restart();

  await mesh.kill("object-metadata", 0, "SIGTERM");
  const fromCheckpoint = await secondsUntil(metadata, lastPage);
  await mesh.kill("object-metadata", 0, "SIGKILL");
  const afterKill = await secondsUntil(metadata, lastPage);
  await mesh.kill("object-metadata", 0, "SIGTERM");
  await rm(folder, { recursive: true });
  const rebuilt = await secondsUntil(metadata, lastPage);
  await mesh.nats.kill("SIGTERM");
  const natsStopped = await secondsUntil(nats, firstGet);
  await mesh.nats.kill("SIGKILL");
  const natsKilled = await secondsUntil(nats, firstGet);
  return {
    title: "Coming back (seconds from the start of the process)",
    columns: ["what", "until", "seconds"],
    rows: [
      ["object-metadata, stopped in order", "first complete page", fromCheckpoint],
      ["object-metadata, SIGKILL", "first complete page", afterKill],
      ["object-metadata, index folder empty", "first complete page", rebuilt],
      ["nats-server, stopped in order", "first GET", natsStopped],
      ["nats-server, SIGKILL", "first GET", natsKilled],
    ],
  };
}

const walk = (run: Run, { client }: Scene, objects: number) =>
  countByWalk(client, bucket, (count) => run.progress(`objects: listed ${count} of ${objects}`));

async function wrongBodies({ client }: Scene, keys: Keys): Promise<number> {
  let wrong = 0;
  await forEachOf(Math.min(1_000, keys.count), 16, async () => {
    const key = keys.sorted(Math.floor(Math.random() * keys.count));
    const { body } = await client.succeed({ method: "GET", path: `/${bucket}/${key}`, keepBody: true });
    if (body === undefined || !bodyOf(key).equals(body)) wrong++;
  });
  return wrong;
}
