/** One repository of one registry, as a caller with these credentials sees it: addresses, authorization, statuses as errors. */
import { createAuthorizer, type Access, type Authorizer } from "./authorization.ts";
import type { Credentials } from "./credentials.ts";
import { OciError } from "./errors.ts";
import { formatReference, type ImageReference, isLoopback } from "./reference.ts";
import { discard, type HttpCall, readBody, type Transport } from "./transport.ts";

export type Session = {
  /** Address of something below the repository: `/v2/<repository>/<path>`. */
  url(path: string): URL;
  /** Sends with authorization and answers any 2xx; everything else rejects, with the reference in the message. */
  send(call: Omit<HttpCall, "signal">): Promise<Response>;
  readonly signal: AbortSignal;
};

export type SessionOptions = {
  readonly reference: ImageReference;
  readonly actions: Access["actions"];
  readonly credentials: Credentials | undefined;
  readonly insecureRegistries: readonly string[];
  readonly signal: AbortSignal;
};

const maxErrorBody = 64 * 1024;

export type Sessions = (options: SessionOptions) => Session;

export function createSessions(transport: Transport, authorizer: Authorizer = createAuthorizer(transport)): Sessions {
  return ({ reference, actions, credentials, insecureRegistries, signal }) => {
    const { registry, repository } = reference;
    const base = baseOf(registry, insecureRegistries);
    const access = { base, registry, repository, actions, credentials, signal };

    const attempt = (call: Omit<HttpCall, "signal">, authorization: string | undefined) => {
      // an upload may continue on another host: the address is the registry's to choose, the credentials are not for it
      const trusted = authorization !== undefined && call.url.origin === base.origin;
      return transport.send({ ...call, headers: { ...call.headers, ...(trusted && { authorization }) }, signal });
    };

    return {
      signal,
      url: (path) => new URL(`/v2/${repository}/${path}`, base),
      async send(call) {
        const first = await attempt(call, authorizer.known(access));
        if (first.status !== 401) return check(first, reference, signal);
        await discard(first);
        return check(await attempt(call, await authorizer.answer(access, first)), reference, signal);
      },
    };
  };
}

/** https, unless the registry is on this machine or was named as insecure. */
function baseOf(registry: string, insecureRegistries: readonly string[]): URL {
  const insecure = insecureRegistries.includes(registry) || isLoopback(registry);
  return new URL(`${insecure ? "http" : "https"}://${registry === "docker.io" ? "registry-1.docker.io" : registry}`);
}

async function check(response: Response, reference: ImageReference, signal: AbortSignal): Promise<Response> {
  if (response.ok) return response;
  const said = await whatItSays(response, signal);
  const name = formatReference(reference);
  const { status } = response;
  switch (status) {
    case 401:
    case 403:
      throw new OciError(
        "Unauthorized",
        `${name}: the registry refuses (${status})${said}; check the credentials and their rights`,
      );
    case 404:
      throw new OciError("NotFound", `${name}: not found${said}`);
    case 413:
      throw new OciError("TooLarge", `${name}: too large for the registry${said}`);
    default:
      throw new OciError(
        status === 429 || status >= 500 ? "Unavailable" : "BadAnswer",
        `${name}: the registry answers ${status}${said}`,
      );
  }
}

/** `{"errors": [{"code", "message"}]}` of the distribution specification, shortened. A registry's text is only ever shown. */
async function whatItSays(response: Response, signal: AbortSignal): Promise<string> {
  const body = await readBody(response, maxErrorBody, signal).catch(() => undefined);
  if (body === undefined || body.length === 0) return "";
  const text = Buffer.from(body).toString("utf8");
  const [, code = ""] = /"code"\s*:\s*"([^"]{1,80})"/.exec(text) ?? [];
  const [, message = ""] = /"message"\s*:\s*"([^"]{1,200})/.exec(text) ?? [];
  // what a terminal would obey is left out
  const words = [code, message]
    .filter((each) => each !== "")
    .join(": ")
    .replaceAll(/\p{Cc}/gu, " ");
  return words === "" ? "" : `: ${words}`;
}
