/** What other tools that load a server use of this one. */
export { RequestFailed, requiredHeader, S3Client } from "./client/s3-client.ts";
export type { Call, Target } from "./client/s3-client.ts";
export { runLoad } from "./load/load.ts";
export type { LoadResult, Operation } from "./load/load.ts";
export { median, quantiles } from "./load/statistics.ts";
export { forgetPeak, readProcess } from "./measure/processes.ts";
export type { Measured, Reading } from "./measure/processes.ts";
export { describeMachine } from "./report/machine.ts";
export type { Machine } from "./report/machine.ts";
export { forEachOf } from "./rows/row.ts";
