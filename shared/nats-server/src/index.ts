export { defaultCacheDir, findNatsServer, NatsServerNotFoundError } from "./find.ts";
export type { FindOptions, NatsServerBinary } from "./find.ts";
export {
  generateMeshPasswords,
  meshMaxPayload,
  passwordVariable,
  renderDeployConfig,
  renderMeshConfig,
} from "./mesh-config.ts";
export type { MeshConfigOptions, MeshSecrets } from "./mesh-config.ts";
export { meshPermissions, meshUsers } from "./permissions.ts";
export type { MeshUser, Subjects, UserPermissions } from "./permissions.ts";
export { startNatsServer } from "./start.ts";
export type { NatsExit, NatsServerProcess, StartNatsOptions } from "./start.ts";
export { compareNatsVersions, isNewEnough, minimumNatsVersion, parseNatsVersion } from "./version.ts";
