export { startRegistry } from "./registry.ts";
export type { RegistryAuth, RegistryFault, RegistryOptions, SeenRequest, TestRegistry } from "./registry.ts";
