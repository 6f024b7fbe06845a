/** Runs for as long as its workload does and works every ten seconds. When it ends with an error it is started again. */
import { subscribeDuration } from "wasi:clocks/monotonic-clock@0.2.10";
import { increment } from "wasi:keyvalue/atomics@0.2.0-draft";
import { open } from "wasi:keyvalue/store@0.2.0-draft";

const nanosecondsPerSecond = 1_000_000_000n;

export const run = {
  run(): void {
    const bucket = open("default");
    for (;;) {
      console.log(`round ${increment(bucket, "rounds", 1n)}`);
      using pause = subscribeDuration(10n * nanosecondsPerSecond);
      pause.block();
    }
  },
};
