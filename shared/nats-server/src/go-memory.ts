/**
 * How Go's garbage collector is set for a nats-server of ours. Its live heap is small beside what passes through it, so collecting at
 * five times the live heap instead of twice saves a fifth to a quarter of its CPU under load (docs/performance.md); the limit brings
 * the usual frequency back before a server with very many keys takes the machine's memory.
 */
import { totalmem } from "node:os";

const MiB = 1024 ** 2;
/** Below this a limit would make the collector run all the time. */
const leastLimitMiB = 512;
const shareOfMachine = 1 / 4;

/** The environment of the child process: what the user set of `GOGC` and `GOMEMLIMIT` stays. */
export function goMemory(environment: NodeJS.ProcessEnv, machineBytes = totalmem()): NodeJS.ProcessEnv {
  const limitMiB = Math.max(leastLimitMiB, Math.floor((machineBytes * shareOfMachine) / MiB));
  return { GOGC: "400", GOMEMLIMIT: `${limitMiB}MiB`, ...environment };
}
