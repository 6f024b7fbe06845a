export { client } from "./client.ts";
export {
  type Call,
  type CallOptions,
  type Client,
  endpoint,
  type EndpointContract,
  type Handlers,
  service,
  type ServiceContract,
} from "./contract.ts";
export { commonErrors, fail, isMeshError, MeshError, type MeshErrorOptions } from "./errors.ts";
export { type ServedService, type ServeOptions, serve } from "./serve.ts";
