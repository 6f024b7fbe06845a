export { startMesh, startMeshNats } from "./mesh.ts";
export type { MeshNats, MeshService, RunningService, TestMesh, TestMeshOptions } from "./mesh.ts";
export { startNats } from "./nats.ts";
export type { TestNats, TestNatsOptions } from "./nats.ts";
export { temporaryFolder } from "./temporary-folder.ts";
export type { TemporaryFolder } from "./temporary-folder.ts";
export { waitFor } from "./wait-for.ts";
export type { WaitOptions } from "./wait-for.ts";
