/** How the test registry guards itself: nothing, basic, or its own token server. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

export type RegistryAuth =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | {
      readonly kind: "bearer";
      readonly username: string;
      readonly password: string;
      /** Who names nobody may pull. Default false. */
      readonly anonymousPull?: boolean;
      /** Also given out for this refresh token. */
      readonly refreshToken?: string;
      /** Seconds. Default 300. */
      readonly expiresIn?: number;
    };

/** What to answer instead of serving; undefined: go on. */
export type Refusal = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: object };

export type Guard = {
  check(request: IncomingMessage, repository: string, origin: string): Refusal | undefined;
  /** The token server, at `/token`. */
  token(request: IncomingMessage, url: URL, body: string): Refusal;
  /** Forgets all tokens, as a restart of a token server would. */
  revoke(): void;
};

export function createGuard(auth: RegistryAuth | undefined): Guard {
  const tokens = new Map<string, { scope: string; until: number }>();
  const basic = auth && `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;

  const issue = (scope: string): Refusal => {
    const token = randomUUID();
    const seconds = auth?.kind === "bearer" ? (auth.expiresIn ?? 300) : 0;
    tokens.set(token, { scope, until: Date.now() + seconds * 1_000 });
    return { status: 200, body: { token, access_token: token, expires_in: seconds } };
  };

  return {
    revoke: () => tokens.clear(),
    check({ method, headers }, repository, origin) {
      if (auth === undefined) return undefined;
      if (auth.kind === "basic") {
        if (headers.authorization === basic) return undefined;
        return unauthorized(`Basic realm="test registry"`);
      }
      const action = method === "GET" || method === "HEAD" ? "pull" : "push";
      const held = tokens.get(headers.authorization?.replace(/^Bearer /, "") ?? "");
      const [, name, actions = ""] = held?.scope.split(":") ?? [];
      const may =
        held !== undefined && held.until > Date.now() && name === repository && actions.split(",").includes(action);
      if (may) return undefined;
      const scope = `repository:${repository}:${action === "pull" ? "pull" : "pull,push"}`;
      return unauthorized(`Bearer realm="${origin}/token",service="test registry",scope="${scope}"`);
    },
    token({ method, headers }, url, body) {
      if (auth?.kind !== "bearer") return { status: 404 };
      if (method === "POST") {
        const form = new URLSearchParams(body);
        const known = auth.refreshToken !== undefined && form.get("refresh_token") === auth.refreshToken;
        return known ? issue(form.get("scope") ?? "") : { status: 401 };
      }
      const scope = url.searchParams.get("scope") ?? "";
      if (headers.authorization === basic) return issue(scope);
      const anonymous = headers.authorization === undefined && auth.anonymousPull === true && scope.endsWith(":pull");
      return anonymous
        ? issue(scope)
        : { status: 401, body: { errors: [{ code: "UNAUTHORIZED", message: "wrong password" }] } };
    },
  };
}

function unauthorized(challenge: string): Refusal {
  return {
    status: 401,
    headers: { "www-authenticate": challenge },
    body: { errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] },
  };
}
