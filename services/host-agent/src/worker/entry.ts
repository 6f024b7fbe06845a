/** A workload's worker: the same program as thread and as child process. It knows its components and the channel, and nothing else. */
import { parentPort } from "node:worker_threads";
import { processPort, threadPort } from "../channel/ports.ts";
import { serveWorkload } from "./serve-workload.ts";

if (parentPort === null) {
  serveWorkload(processPort(process));
  // A child process has no reason to stay when its host is gone.
  process.on("disconnect", () => process.exit(0));
} else serveWorkload(threadPort(parentPort));
