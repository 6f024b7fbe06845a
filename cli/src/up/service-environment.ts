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
};

/** `lastEndpoint`: where the edge listened before, when it is started again. It then takes the same port. */
export function serviceEnvironment(
  name: ServiceName,
  { env, home, nats, listen }: Surroundings,
  lastEndpoint: unknown,
): NodeJS.ProcessEnv {
  return {
    ...env,
    ...nats?.environmentOf(name),
    HOLDFAST_DATA_DIR: home.dataFolder(name),
    // one port for all would be taken by the first
    HOLDFAST_ADMIN_PORT: "0",
    ...(name === "s3-edge" ? edgeEnvironment(env, listen, lastEndpoint) : {}),
  };
}

function edgeEnvironment(env: NodeJS.ProcessEnv, { host, port }: Listen, lastEndpoint: unknown): NodeJS.ProcessEnv {
  const lastPort = typeof lastEndpoint === "string" ? new URL(lastEndpoint).port : "";
  return {
    HOLDFAST_S3_HOST: host,
    HOLDFAST_S3_PORT: lastPort || String(port),
    // on one's own machine `aws s3 mb s3://b` should just work
    HOLDFAST_SHORT_BUCKET_NAMES: env["HOLDFAST_SHORT_BUCKET_NAMES"] ?? "true",
  };
}
