import { parentPort } from "node:worker_threads";
import { processPort, threadPort } from "../channel/ports.ts";
import { serveWorkload } from "./serve-workload.ts";

/** Serves a workload over the channel to the thread or process that started this one. */
export function serve(): void {
  if (parentPort !== null) {
    serveWorkload(threadPort(parentPort));
    return;
  }
  serveWorkload(processPort(process));
  // A child process has no reason to stay when its host is gone.
  process.on("disconnect", () => process.exit(0));
}
