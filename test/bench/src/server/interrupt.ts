/** Meshes and folders of a run that is stopped by a signal: a full run leaves gigabytes. */

const running = new Set<AsyncDisposable>();

/** Registers what must be disposed of when a signal ends the run; disposing of it twice must do no harm. */
export function disposedOnSignal<T extends AsyncDisposable>(thing: T): T {
  running.add(thing);
  return thing;
}

/** From now on the first SIGINT or SIGTERM tidies up and exits with 1; a second one ends the process at once. */
export function tidyUpOnSignals(): void {
  const tidyUp = async () => {
    // the newest first: a mesh before the folder it runs from
    for (const thing of [...running].toReversed()) await Promise.allSettled([thing[Symbol.asyncDispose]()]);
    process.exit(1);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void tidyUp());
}
