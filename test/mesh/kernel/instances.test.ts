/** Several processes of one service around one nats-server; one of them dies or leaves in the middle of a load. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { client, isMeshError } from "@holdfast/micro";
import { startNats, type TemporaryFolder, temporaryFolder, type TestNats } from "@holdfast/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ledger } from "./fixtures/contract.ts";

let nats: TestNats;
let folder: TemporaryFolder;
let file: string;
const processes: ChildProcess[] = [];

async function startInstance(): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("fixtures/ledger.ts", import.meta.url));
  const env = { ...process.env, HOLDFAST_NATS_URL: nats.url, HOLDFAST_LEDGER: file };
  const child = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "inherit"] });
  processes.push(child);
  const ready = Promise.withResolvers<void>();
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    if (printed.includes('"msg":"ready"')) ready.resolve();
  });
  child.once("exit", (code) => ready.reject(new Error(`the process ended with ${code}: ${printed}`)));
  await ready.promise;
  return child;
}

beforeEach(async () => {
  nats = await startNats();
  folder = await temporaryFolder("holdfast-kernel-");
  file = join(folder.path, "ledger");
});
afterEach(async () => {
  for (const child of processes.splice(0)) child.kill("SIGKILL");
  await nats.stop();
  await folder[Symbol.asyncDispose]();
});

type Outcome = { entry: string; pid?: number; code?: string };
type Write = (input: { entry: string }) => Promise<{ pid: number }>;

/** Sixteen callers, each waiting for its answer; `atHalf` happens while the others go on. */
async function load(write: Write, calls: number, atHalf: () => void = () => {}): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const caller = async () => {
    while (next < calls) {
      const entry = `entry-${next++}`;
      if (next === Math.floor(calls / 2)) atHalf();
      try {
        outcomes.push({ entry, pid: (await write({ entry })).pid });
      } catch (error) {
        if (!isMeshError(error)) throw error;
        outcomes.push({ entry, code: error.code });
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, caller));
  return outcomes;
}

const written = () => readFileSync(file, "utf8").trim().split("\n");
const acknowledged = (outcomes: readonly Outcome[]) => outcomes.filter(({ pid }) => pid !== undefined);

test("calls spread over three instances of one service", async () => {
  await Promise.all([startInstance(), startInstance(), startInstance()]);
  const outcomes = await load(client(await nats.connect(), ledger).Append, 600);
  const shares = Map.groupBy(outcomes, ({ pid }) => pid);
  expect(new Set(shares.keys())).toEqual(new Set(processes.map(({ pid }) => pid)));
  for (const share of shares.values()) expect(share.length).toBeGreaterThan(60);
});

test("an instance killed in the middle of a load: every idempotent call succeeds, and is written", async () => {
  const [victim] = await Promise.all([startInstance(), startInstance(), startInstance()]);
  const outcomes = await load(client(await nats.connect(), ledger).Put, 3_000, () => victim.kill("SIGKILL"));
  expect(acknowledged(outcomes)).toHaveLength(3_000);
  const entries = new Set(written());
  expect(outcomes.filter(({ entry }) => !entries.has(entry))).toEqual([]);
});

test("an instance killed in the middle of a load: a call that may not be repeated is written once or not at all", async () => {
  const [victim] = await Promise.all([startInstance(), startInstance(), startInstance()]);
  const outcomes = await load(client(await nats.connect(), ledger).Append, 3_000, () => victim.kill("SIGKILL"));
  const entries = written();
  expect(new Set(entries).size).toBe(entries.length);
  const known = new Set(entries);
  expect(acknowledged(outcomes).filter(({ entry }) => !known.has(entry))).toEqual([]);
  // What was in hand on the victim: its callers learn that they cannot know.
  const failed = outcomes.filter(({ code }) => code !== undefined);
  expect(failed.every(({ code }) => code === "RequestTimeout")).toBe(true);
  expect(failed.length).toBeLessThanOrEqual(16);
});

test("an instance that is told to stop in the middle of a load lets no call fail", async () => {
  const [leaving] = await Promise.all([startInstance(), startInstance(), startInstance()]);
  const left = once(leaving, "exit");
  const outcomes = await load(client(await nats.connect(), ledger).Append, 3_000, () => leaving.kill("SIGTERM"));
  expect(acknowledged(outcomes)).toHaveLength(3_000);
  expect(written()).toHaveLength(3_000);
  expect(await left).toEqual([0, null]);
});
