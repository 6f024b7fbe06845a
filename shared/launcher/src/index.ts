export { launchProcess, LaunchError, parseReadyLine, ReadyLine } from "./mesh-process.ts";
export type { LaunchOptions, MeshProcess, ProcessExit } from "./mesh-process.ts";
