/**
 * How a registry is shown that we may: nothing, basic, or a bearer token that its token server gives for a scope
 * (https://distribution.github.io/distribution/spec/auth/token/, .../oauth/). Only a challenge makes us send anything.
 */
import { z } from "zod";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credentials } from "./credentials.ts";
import { OciError } from "./errors.ts";
import { digestOf } from "./digest.ts";
import { readBody, type Transport } from "./transport.ts";

export type Access = {
  /** The API's base: `https://ghcr.io`. */
  readonly base: URL;
  readonly registry: string;
  readonly repository: string;
  readonly actions: "pull" | "pull,push";
  readonly credentials: Credentials | undefined;
  readonly signal: AbortSignal;
};

export type Authorizer = {
  /** The header to send; undefined while the registry has not asked for one. */
  known(access: Access): string | undefined;
  /** The header that answers a 401. Rejects with Unauthorized when there is none. */
  answer(access: Access, response: Response): Promise<string>;
};

const TokenAnswer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().min(0).optional(),
});

const maxTokenAnswer = 256 * 1024;
const maxRemembered = 1_000;
/** A token is not used in its last seconds: it would end on the way. */
const marginMs = 5_000;

export function createAuthorizer(transport: Transport, now: () => number = Date.now): Authorizer {
  const remembered = new Map<string, { header: string; until: number }>();

  const remember = (access: Access, header: string, lifetimeMs: number) => {
    if (remembered.size >= maxRemembered) remembered.delete(remembered.keys().next().value ?? "");
    remembered.set(keyOf(access), { header, until: now() + lifetimeMs - marginMs });
    return header;
  };

  return {
    known(access) {
      const found = remembered.get(keyOf(access));
      return found !== undefined && found.until > now() ? found.header : undefined;
    },
    async answer(access, response) {
      remembered.delete(keyOf(access));
      const challenges = parseChallenges(response.headers.get("www-authenticate") ?? "");
      const find = (scheme: string) => challenges.find((challenge) => challenge.scheme === scheme);
      const bearer = find("bearer");
      const { credentials } = access;
      if (bearer !== undefined) {
        if (credentials?.kind === "bearer") return `Bearer ${credentials.token}`;
        const { token, lifetimeMs } = await fetchToken(transport, access, bearer);
        return remember(access, `Bearer ${token}`, lifetimeMs);
      }
      if (find("basic") === undefined)
        throw new OciError("Unauthorized", `${access.registry} answers 401 and asks for nothing known`);
      if (credentials?.kind !== "basic") throw noCredentials(access);
      return remember(access, basic(credentials), Number.POSITIVE_INFINITY);
    },
  };
}

/** Tokens of different credentials are never mixed up; the key holds no secret in the clear. */
function keyOf({ registry, repository, actions, credentials }: Access): string {
  const who = credentials === undefined ? "anonymous" : digestOf(Buffer.from(JSON.stringify(credentials)));
  return `${registry} ${repository} ${actions} ${who}`;
}

async function fetchToken(
  transport: Transport,
  access: Access,
  challenge: Challenge,
): Promise<{ token: string; lifetimeMs: number }> {
  const { signal } = access;
  const realm = realmOf(access, challenge);
  const response = await transport.send({ ...tokenRequest(access, challenge, realm), signal });
  const body = await readBody(response, maxTokenAnswer, signal);
  if (response.status === 401 || response.status === 403) throw noCredentials(access);
  if (!response.ok)
    throw new OciError("BadAnswer", `${realm.host} answers ${response.status} to the request for a token`);
  const answer = parseAnswer(body, realm);
  const token = answer.token ?? answer.access_token;
  if (!token) throw new OciError("BadAnswer", `${realm.host} answers without a token`);
  return { token, lifetimeMs: (answer.expires_in ?? 60) * 1_000 };
}

function realmOf({ base }: Access, { parameters }: Challenge): URL {
  const realm = URL.parse(parameters.realm ?? "");
  // credentials go to the token server as safely as to the registry itself
  if (realm !== null && (realm.protocol === "https:" || (base.protocol === "http:" && realm.protocol === "http:")))
    return realm;
  throw new OciError(
    "BadAnswer",
    `${base.host} names no token server that can be asked safely (${parameters.realm ?? "none"})`,
  );
}

function tokenRequest(access: Access, { parameters }: Challenge, realm: URL) {
  const { repository, actions, credentials } = access;
  const scope = parameters.scope ?? `repository:${repository}:${actions}`;
  const { service } = parameters;
  if (credentials?.kind === "refresh") {
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: credentials.token,
      client_id: "holdfast",
      scope,
    });
    if (service !== undefined) form.set("service", service);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return { method: "POST", url: realm, headers, body: form.toString(), holdsSecret: true } as const;
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", scope);
  const headers = credentials?.kind === "basic" ? { authorization: basic(credentials) } : {};
  return { method: "GET", url, headers } as const;
}

function parseAnswer(body: Uint8Array, realm: URL): z.infer<typeof TokenAnswer> {
  try {
    return TokenAnswer.parse(JSON.parse(Buffer.from(body).toString("utf8")));
  } catch (cause) {
    throw new OciError("BadAnswer", `${realm.host} answers something that is no token`, { cause });
  }
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function noCredentials({ registry, repository, credentials }: Access): OciError {
  const why =
    credentials === undefined ? "wants credentials, and there are none for it" : "does not accept the credentials";
  return new OciError("Unauthorized", `${registry} ${why} (repository ${repository})`);
}
