import { runProcess } from "@holdfast/runtime";
import { config } from "./config.ts";
import { edgeProcesses } from "./share.ts";

await runProcess({
  name: "s3-edge",
  config,
  workers: edgeProcesses,
  // Loaded by those who serve: the process above several workers stays small.
  start: async (context) => (await import("./start.ts")).startEdge(context),
});
