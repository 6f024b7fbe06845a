/** One run of the tool: a folder for everything it makes, progress, and an end that leaves nothing behind. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Options } from "./options.ts";

export type Run = {
  readonly options: Options;
  /** All data of the run lies in here. */
  readonly folder: string;
  readonly progress: (text: string) => void;
  /** Starts something that is also stopped when the run ends early. The caller stops it as soon as it is not needed. */
  open<T extends AsyncDisposable>(start: () => Promise<T>): Promise<T>;
};

/** Stops what is open and removes the folder; may be called twice. */
export type RunHandle = Run & AsyncDisposable;

export async function beginRun(options: Options): Promise<RunHandle> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-scale-"));
  // the testkit makes its folders under TMPDIR: this way one removal takes all, whatever was just being started
  process.env["TMPDIR"] = folder;
  const opened: AsyncDisposable[] = [];
  let ended: Promise<void> | undefined;
  const end = async () => {
    await Promise.allSettled(opened.toReversed().map((thing) => thing[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return {
    options,
    folder,
    progress: createProgress(options.json),
    async open(start) {
      const thing = await start();
      opened.push(thing);
      return thing;
    },
    [Symbol.asyncDispose]: () => (ended ??= end()),
  };
}

const everyMs = 5_000;

/** On stderr: on a terminal one line that is written over, elsewhere a line now and then. */
function createProgress(isQuiet: boolean): (text: string) => void {
  if (isQuiet) return () => {};
  const { stderr } = process;
  let last = -everyMs;
  return (text) => {
    const now = performance.now();
    if (now - last < (stderr.isTTY ? 200 : everyMs)) return;
    last = now;
    stderr.write(stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  };
}
