/** Run as a process of its own: milliseconds from the bytes of a component to its first answer, in a fresh V8. */
import { guest } from "@holdfast/guests";
import { compileComponent, instantiate, suspending } from "@holdfast/component-host";
import { createWasi } from "../src/index.ts";
import { compileHello, helloBytes, startHello } from "./hello.ts";

async function startSmall(): Promise<void> {
  const { serve } = startHello(await compileHello(), "isolated");
  await serve("/");
}

/** The guest on StarlingMonkey imports it whole and calls none of it. */
class Bucket {
  get(): void {}
  set(): void {}
  delete(): void {}
  exists(): void {}
  listKeys(): void {}
}

/** What it imports beside WASI; the answers are always the same. */
const plugins = {
  "wasi:config/store@0.2.0-rc.1": { get: () => undefined, getAll: () => [] },
  "wasi:logging/logging@0.1.0-draft": { log: () => undefined },
  "wasi:keyvalue/store@0.2.0-draft": { Bucket, open: suspending(() => new Bucket()) },
  "wasi:keyvalue/atomics@0.2.0-draft": { increment: suspending(() => 1n) },
};

async function startLarge(bytes: Uint8Array): Promise<void> {
  const wasi = createWasi();
  const instance = instantiate(await compileComponent(bytes), { ...wasi.imports, ...plugins });
  instance.snapshot();
  const { status, done } = await wasi.handleIncoming(instance.exports, {
    method: "GET",
    pathWithQuery: "/key",
    headers: [],
  });
  await done;
  if (status !== 200) throw new Error(`the guest answered ${status}`);
}

const isLarge = process.argv[2] === "large";
// reading the file is not what is measured
const bytes = await (isLarge ? guest("js-http-keyvalue") : helloBytes());
const start = performance.now();
const before = process.cpuUsage();
await (isLarge ? startLarge(bytes) : startSmall());
const { user, system } = process.cpuUsage(before);
const cpuMs = (user + system) / 1000;
process.stdout.write(`${JSON.stringify({ bytes: bytes.length, ms: performance.now() - start, cpuMs })}\n`);
