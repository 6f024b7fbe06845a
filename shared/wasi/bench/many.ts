/** Run as a process of its own (with --expose-gc): what 100 different small components take, each compiled and called. */
import { compileHello, startHello } from "./hello.ts";

const count = 100;
const memory = () => {
  globalThis.gc?.();
  return process.memoryUsage().rss;
};

const first = startHello(await compileHello(0), "isolated");
await first.serve("/");
const before = memory();
const kept = [];
for (let number = 1; number <= count; number += 1) {
  const started = startHello(await compileHello(number), "isolated");
  await started.serve("/");
  kept.push(started);
}
const each = (memory() - before) / count;
process.stdout.write(`${JSON.stringify({ components: kept.length, bytesEach: each })}\n`);
