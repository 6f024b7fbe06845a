/** `npm run chaos`: the long run. Prints what was done and what came of it. */
import { help, readOptions, UsageError } from "./options.ts";
import { runChaos } from "./run.ts";
import { startWorld } from "./world.ts";

const print = (text: string) => void process.stdout.write(`${text}\n`);

/** Gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    print(help);
    return 0;
  }
  const { seconds, seed, hosts, isCluster } = options;
  print(`seed ${seed}: ${hosts} hosts, 3 schedulers, ${isCluster ? "3 nats-servers" : "1 nats-server"}, ${seconds} s`);
  await using world = await startWorld({ hosts, schedulers: 3, isCluster });
  const outcome = await runChaos(world, { seconds, seed });
  print(JSON.stringify(outcome, undefined, 2));
  return outcome.lost.length + outcome.wrong.length === 0 ? 0 : 1;
}

// with its exit all processes that it started end, also those that are paused
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`holdfast: ${error.message}\n\n${help}\n`);
  process.exitCode = 2;
}
