/** The way to NATS: every kind of credentials, endless reconnection, and a clear word when it fails. */
import { readFileSync } from "node:fs";
import type { NatsConnection } from "@nats-io/nats-core";
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  nkeyAuthenticator,
  type NodeConnectionOptions,
} from "@nats-io/transport-node";
import { type CommonConfig, ConfigError, readSetting } from "./config.ts";

/** Batched direct gets (ADR-31) and per-message TTL. */
const oldestServer = [2, 11] as const;

/** NATS could not be reached, or is too old. The message is for the operator. */
export class NatsUnusable extends Error {
  override readonly name = "NatsUnusable";
}

function authenticator(config: CommonConfig): Authenticator | undefined {
  const { HOLDFAST_NATS_NKEY_SEED_FILE: seed, HOLDFAST_NATS_CREDENTIALS_FILE: credentials } = config;
  const bytes = (variable: string, file: string) => new TextEncoder().encode(readSetting(variable, file));
  if (seed) return nkeyAuthenticator(bytes("HOLDFAST_NATS_NKEY_SEED_FILE", seed));
  if (credentials) return credsAuthenticator(bytes("HOLDFAST_NATS_CREDENTIALS_FILE", credentials));
  return undefined;
}

function tlsOptions(config: CommonConfig): NodeConnectionOptions["tls"] {
  const { HOLDFAST_NATS_TLS_CA: caFile, HOLDFAST_NATS_TLS_CERT: certFile, HOLDFAST_NATS_TLS_KEY: keyFile } = config;
  if (!caFile && !certFile && !keyFile) return undefined;
  if (!certFile !== !keyFile) {
    throw new ConfigError(["HOLDFAST_NATS_TLS_CERT and HOLDFAST_NATS_TLS_KEY: set both or neither"]);
  }
  for (const file of [caFile, certFile, keyFile]) if (file) readFileSync(file);
  return { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) };
}

/** Options of `connect` for a configuration and a connection name; throws `ConfigError`. */
export function natsOptions(config: CommonConfig, name: string): NodeConnectionOptions {
  const auth = authenticator(config);
  const tls = tlsOptions(config);
  const password = config.HOLDFAST_NATS_PASSWORD_FILE
    ? readSetting("HOLDFAST_NATS_PASSWORD_FILE", config.HOLDFAST_NATS_PASSWORD_FILE)
    : config.HOLDFAST_NATS_PASSWORD;
  const [service = name] = name.split("/", 1);
  return {
    servers: config.HOLDFAST_NATS_URL.split(",").map((server) => server.trim()),
    name: `holdfast/${name}`,
    // Each service's NATS user may subscribe to its own inboxes only.
    inboxPrefix: `_INBOX_${service}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: 10_000,
    ...(auth && { authenticator: auth }),
    ...(tls && { tls }),
    ...(config.HOLDFAST_NATS_USER && { user: config.HOLDFAST_NATS_USER }),
    ...(password && { pass: password }),
    ...(config.HOLDFAST_NATS_TOKEN && { token: config.HOLDFAST_NATS_TOKEN }),
  };
}

function refuseOldServer(nc: NatsConnection): void {
  const version = nc.info?.version ?? "0.0.0";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldestServer[0] || (major === oldestServer[0] && minor >= oldestServer[1])) return;
  throw new NatsUnusable(
    `nats-server ${version} at ${nc.getServer()} is too old: Holdfast needs ${oldestServer.join(".")} or newer`,
  );
}

/** Connects, or throws `NatsUnusable` with what was tried. `name` is `<service>` or `<service>/<purpose>`. */
export async function connectNats(config: CommonConfig, name: string): Promise<NatsConnection> {
  const options = natsOptions(config, name);
  let nc: NatsConnection;
  try {
    nc = await connect(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NatsUnusable(
      `cannot connect to NATS at ${config.HOLDFAST_NATS_URL}: ${reason}; is it running, and are HOLDFAST_NATS_URL and its credentials right?`,
      { cause: error },
    );
  }
  try {
    refuseOldServer(nc);
  } catch (error) {
    await nc.close();
    throw error;
  }
  return nc;
}
