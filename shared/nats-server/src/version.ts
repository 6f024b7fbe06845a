/** nats-server versions: what is new enough, and how to read what a binary says of itself. */
import { runCommand } from "./command.ts";

/** Batched direct gets (ADR-31) and message TTLs begin here: an older server cannot carry the mesh. */
export const minimumNatsVersion = "2.11.0";

/** Reads `nats-server: v2.14.0`, `v2.12.0-preview.1`, `2.10.27`; undefined when there is no version in the text. */
export function parseNatsVersion(text: string): string | undefined {
  return /(?:^|[\sv:])(\d+\.\d+\.\d+)(?:[-+][\w.-]+)?(?=\s|$)/.exec(text)?.[1];
}

/** Compares `major.minor.patch`: negative when `a` is older than `b`. A pre-release counts as its release. */
export function compareNatsVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** True when this server can carry the mesh. */
export function isNewEnough(version: string): boolean {
  return compareNatsVersions(version, minimumNatsVersion) >= 0;
}

/** Asks a binary for its version. Rejects when it cannot be run or says something else. */
export async function versionOf(path: string): Promise<string> {
  const { stdout, stderr } = await runCommand(path, ["--version"], { timeoutMs: 10_000 });
  const version = parseNatsVersion(`${stdout}\n${stderr}`);
  if (version === undefined)
    throw new Error(`it does not say its version: ${stdout.trim().split("\n", 1)[0]?.slice(0, 80)}`);
  return version;
}
