/**
 * The long simulation: `npm run simulate -w @holdfast/scheduler`, or `node test/simulation/main.ts <seed> <hosts> <workloads> <seconds>`.
 * Prints the figures of each run; exits 1 when one did not become well again.
 */
import { simulate } from "./run.ts";

const [seed = 1, hosts = 1_000, workloads = 10_000, seconds = 600] = process.argv.slice(2).map(Number);
const faults = {
  loss: 0.01,
  duplicates: 0.01,
  brokenStarts: 0.02,
  hostDeaths: hosts / 10_000,
  cutOffs: hosts / 20_000,
  crashes: workloads / 10_000,
  leaderPauses: 0.01,
};
const begun = performance.now();
const outcome = await simulate({ seed, hosts, workloads, replicas: 10, seconds, faults });
const tookSeconds = Math.round(performance.now() - begun) / 1_000;
process.stdout.write(`${JSON.stringify({ seed, hosts, workloads, seconds, tookSeconds, ...outcome }, undefined, 2)}\n`);
if (outcome.wrong.length > 0) process.exitCode = 1;
