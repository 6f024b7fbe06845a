/** The environment that `holdfast up` gives to a service: what was set for all, then what this start decides. */
import type { Home } from "../home.ts";
import type { EmbeddedNats } from "./embedded-nats.ts";
import type { Listen } from "./listen.ts";
import type { ServiceName } from "./supervisor.ts";

export type Surroundings = {
  readonly env: NodeJS.ProcessEnv;
  readonly home: Home;
  readonly nats: EmbeddedNats | undefined;
  readonly listen: Listen;
  /** Of workloads' HTTP. */
  readonly workloadPort: number;
};

/** `lastEndpoint`: where the edge or the host listened before, when it is started again. It then takes the same port. */
export function serviceEnvironment(
  name: ServiceName,
  { env, home, nats, listen, workloadPort }: Surroundings,
  lastEndpoint: unknown,
): NodeJS.ProcessEnv {
  return {
    ...env,
    ...nats?.environmentOf(name),
    HOLDFAST_DATA_DIR: home.dataFolder(name),
    // one port for all would be taken by the first
    HOLDFAST_ADMIN_PORT: "0",
    ...(name === "s3-edge" ? edgeEnvironment(env, listen, lastEndpoint) : {}),
    // where there is one machine, one that is busy is still the best
    ...(name === "scheduler" ? { HOLDFAST_SCHEDULER_MAX_CPU: env["HOLDFAST_SCHEDULER_MAX_CPU"] ?? "100" } : {}),
    ...(name === "host-agent" ? { HOLDFAST_HOST_HTTP_PORT: portOf(lastEndpoint) || String(workloadPort) } : {}),
  };
}

function edgeEnvironment(env: NodeJS.ProcessEnv, { host, port }: Listen, lastEndpoint: unknown): NodeJS.ProcessEnv {
  return {
    HOLDFAST_S3_HOST: host,
    HOLDFAST_S3_PORT: portOf(lastEndpoint) || String(port),
    // on one's own machine `aws s3 mb s3://b` should just work
    HOLDFAST_SHORT_BUCKET_NAMES: env["HOLDFAST_SHORT_BUCKET_NAMES"] ?? "true",
  };
}

function portOf(endpoint: unknown): string {
  return typeof endpoint === "string" ? new URL(endpoint).port : "";
}
