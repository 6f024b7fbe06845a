/** What `npm run chaos` can be told. */
import { parseArgs } from "node:util";

export const help = `usage: npm run chaos -- [options]

  --seconds N   how long hosts and leaders are struck (default 60)
  --seed N      the sequence of blows (default: one at random, which is printed)
  --hosts N     processes of host-agent, 4 or more (default 6)
  --cluster     three nats-servers with everything replicated, which are killed as well
  --help

Exit codes: 0 nothing was lost and all is as it should be, 1 not so, 2 called wrongly, 130 interrupted.`;

/** A mistake in how the tool was called. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export type ChaosOptions = {
  readonly seconds: number;
  readonly seed: number;
  readonly hosts: number;
  readonly isCluster: boolean;
};

const flags = {
  seconds: { type: "string", default: "60" },
  seed: { type: "string" },
  hosts: { type: "string", default: "6" },
  cluster: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; undefined when only help is asked for. Throws UsageError. */
export function readOptions(args: readonly string[]): ChaosOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const seed = values.seed ?? String(Math.floor(Math.random() * 1e6));
  return {
    seconds: wholeNumber("seconds", values.seconds, 1),
    seed: wholeNumber("seed", seed, 0),
    hosts: wholeNumber("hosts", values.hosts, 4),
    isCluster: values.cluster,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${option}: a whole number from ${least} up, not ${JSON.stringify(text)}`);
  }
  return value;
}
