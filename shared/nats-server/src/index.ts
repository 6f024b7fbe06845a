export { defaultCacheDir, findNatsServer, NatsServerNotFoundError } from "./find.ts";
export type { FindOptions, NatsServerBinary } from "./find.ts";
export { startNatsServer } from "./start.ts";
export type { NatsExit, NatsServerProcess, StartNatsOptions } from "./start.ts";
export { compareNatsVersions, isNewEnough, minimumNatsVersion, parseNatsVersion } from "./version.ts";
