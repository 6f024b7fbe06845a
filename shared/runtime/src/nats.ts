/** The way to NATS: every kind of credentials, patience at the start, endless reconnection, and a clear word when it fails. */
import { isIP } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import { AuthorizationError, errors, type NatsConnection, UserAuthenticationExpiredError } from "@nats-io/nats-core";
import { connect } from "@holdfast/nats-transport";
import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  type NodeConnectionOptions,
} from "@nats-io/transport-node";
import { type CommonConfig, readSetting } from "./config.ts";
import type { Logger } from "./log.ts";

/** Batched direct gets (ADR-31) and per-message TTL. */
const oldestServer = [2, 11] as const;

/** NATS could not be reached, or is too old. The message is for the operator. */
export class NatsUnusable extends Error {
  override readonly name = "NatsUnusable";
}

export type ConnectOptions = {
  /** How long to try again while no server can be reached. Default 0: one attempt. */
  waitMs?: number;
  log?: Logger;
  /** Ends the waiting. */
  signal?: AbortSignal;
};

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

function authenticator(config: CommonConfig): Authenticator | undefined {
  const { HOLDFAST_NATS_NKEY_SEED_FILE: seed, HOLDFAST_NATS_CREDENTIALS_FILE: credentials } = config;
  if (seed) return nkeyAuthenticator(new TextEncoder().encode(readSetting("HOLDFAST_NATS_NKEY_SEED_FILE", seed)));
  // The client library looks for the line end that `readSetting` takes away.
  if (credentials) {
    const text = readSetting("HOLDFAST_NATS_CREDENTIALS_FILE", credentials);
    return credsAuthenticator(new TextEncoder().encode(`${text}\n`));
  }
  return undefined;
}

/** The client library passes on to Node what its own type does not name. */
type TlsSettings = NonNullable<NodeConnectionOptions["tls"]> & Pick<ConnectionOptions, "checkServerIdentity">;

function tlsOptions(config: CommonConfig): TlsSettings | undefined {
  const { HOLDFAST_NATS_TLS_CA: caFile, HOLDFAST_NATS_TLS_CERT: certFile, HOLDFAST_NATS_TLS_KEY: keyFile } = config;
  const wanted = config.HOLDFAST_NATS_URL.includes("tls://");
  if (!caFile && !certFile && !wanted) return undefined;
  return {
    ...(caFile && { caFile }),
    ...(certFile && { certFile }),
    ...(keyFile && { keyFile }),
    checkServerIdentity: identityCheck(config.HOLDFAST_NATS_URL),
  };
}

/**
 * The client library gives Node no name for a server that is reached by its address, and Node then asks for a certificate of
 * `localhost` (nats.js 3.4): such a certificate must name one of the addresses we were told.
 */
function identityCheck(urls: string): typeof checkServerIdentity {
  const hosts = urls
    .split(",")
    .map((url) => new URL(url.includes("://") ? url.trim() : `nats://${url.trim()}`).hostname);
  const addresses = hosts.map((host) => host.replace(/^\[|\]$/g, "")).filter((host) => isIP(host) > 0);
  return (name, certificate) => {
    if (name !== "localhost" || hosts.includes("localhost") || addresses.length === 0)
      return checkServerIdentity(name, certificate);
    const problems = addresses.map((address) => checkServerIdentity(address, certificate));
    return problems.includes(undefined) ? undefined : problems[0];
  };
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
    timeout: 5_000,
    // Without it each request makes two Error objects with stacks, for the case that it fails.
    noAsyncTraces: true,
    ...(auth && { authenticator: auth }),
    // With it a server that does not speak TLS is refused.
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

const isRefusal = (error: unknown) =>
  error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError;

/** Nobody there yet, or a name that does not resolve yet. A refusal or a bad certificate does not get better by waiting. */
function mayPass(error: unknown): boolean {
  if (error instanceof errors.TimeoutError) return true;
  const codes = [error, error instanceof Error ? error.cause : undefined].map((each) =>
    each instanceof Error && "code" in each ? String(each.code) : "",
  );
  if (
    codes.some((code) =>
      /^(?:ECONN(?:REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|E(?:HOST|NET)UNREACH|ETIMEDOUT|EPIPE)$/.test(code),
    )
  )
    return true;
  // What the client library says of a connection that closed before the server's first word (nats.js 3.4).
  return error instanceof Error && /connection refused|undefined error|server is shutting down/i.test(error.message);
}

async function connectPatiently(
  options: NodeConnectionOptions,
  where: string,
  { waitMs = 0, log, signal }: ConnectOptions,
): Promise<NatsConnection> {
  const deadline = Date.now() + waitMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await connect(options);
    } catch (error) {
      if (signal?.aborted || Date.now() >= deadline || !mayPass(error)) throw error;
      // The first time, and then about every five seconds.
      if (attempt % 10 === 0)
        log?.warn({ servers: where, reason: words(error) }, "NATS is not there yet: trying again");
    }
    await pause(Math.min(500, Math.max(0, deadline - Date.now())), undefined, { ...(signal && { signal }) });
  }
}

/**
 * Connects, or throws `NatsUnusable` with what was tried; `ConfigError` for credentials that cannot be read.
 * `name` is `<service>` or `<service>/<purpose>`.
 */
export async function connectNats(
  config: CommonConfig,
  name: string,
  connecting: ConnectOptions = {},
): Promise<NatsConnection> {
  const options = natsOptions(config, name);
  const where = config.HOLDFAST_NATS_URL;
  let nc: NatsConnection;
  try {
    nc = await connectPatiently(options, where, connecting);
  } catch (error) {
    const advice = isRefusal(error)
      ? "are the credentials right (HOLDFAST_NATS_USER and the others)?"
      : "is it running, and is HOLDFAST_NATS_URL right?";
    throw new NatsUnusable(`cannot connect to NATS at ${where}: ${words(error)}; ${advice}`, { cause: error });
  }
  try {
    refuseOldServer(nc);
  } catch (error) {
    await nc.close();
    throw error;
  }
  return nc;
}
