/**
 * A workload's worker: the same program as thread and as child process. It knows its components and the channel, and nothing else.
 *
 * What it imports comes out of a cache of compiled code, where there is one: a start costs 70 ms of CPU instead of 200, most of which
 * is stripping types. That has to be switched on before anything is imported. A folder that cannot be used costs the gain, and no start.
 */
import { enableCompileCache, flushCompileCache } from "node:module";
import { workerData } from "node:worker_threads";

const cache: unknown = workerData;
if (typeof cache === "string") enableCompileCache(cache);
const { serve } = await import("./serve.ts");
serve();
// now, for a worker does not end by itself
flushCompileCache();
