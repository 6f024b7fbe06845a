/**
 * HTTP for registries: redirects that leak nothing, retries of what may be repeated, answers of limited size, one error type.
 * Redirects are followed by hand: credentials never go to another origin, and https never becomes http.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { OciError } from "./errors.ts";

export type HttpCall = {
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  readonly signal: AbortSignal;
  /** Its body is for this origin only: a redirect to another one is an error. */
  readonly holdsSecret?: boolean;
};

export type Transport = {
  /** Sends a call. GET and HEAD are repeated when there is no connection or the registry is overloaded (429, 5xx). */
  send(call: HttpCall): Promise<Response>;
};

export type TransportOptions = {
  /** Before the second attempt; doubled, with jitter, for the third. Default 200 ms. */
  readonly retryDelayMs?: number;
};

const maxRedirects = 5;
const maxAttempts = 3;
const longestWaitMs = 5_000;
const userAgent = "holdfast-oci/1";

export function createTransport({ retryDelayMs = 200 }: TransportOptions = {}): Transport {
  const pause = async (attempt: number, response: Response | undefined, signal: AbortSignal) => {
    const asked = Number(response?.headers.get("retry-after") ?? Number.NaN) * 1_000;
    const backOff = retryDelayMs * 2 ** attempt * (0.5 + Math.random());
    await sleep(Math.min(asked >= 0 ? asked : backOff, longestWaitMs), undefined, { signal }).catch(
      (error: unknown) => {
        throw fromFailure(error, signal);
      },
    );
  };

  return {
    async send(call) {
      const mayRepeat = call.method === "GET" || call.method === "HEAD";
      for (let attempt = 0; ; attempt++) {
        const last = !mayRepeat || attempt + 1 >= maxAttempts;
        const answer = await follow(call).catch((error: unknown) => {
          if (last || !(error instanceof OciError) || error.code !== "Unavailable") throw error;
          return undefined;
        });
        if (answer !== undefined && (last || !isOverload(answer.status))) return answer;
        await discard(answer);
        await pause(attempt, answer, call.signal);
      }
    },
  };
}

const isOverload = (status: number) => status === 429 || (status >= 500 && status !== 501);

async function follow(call: HttpCall): Promise<Response> {
  const { method, body } = call;
  let { url } = call;
  let headers: Record<string, string> = { "user-agent": userAgent, ...call.headers };
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const response = await once(url, { method, headers, body: body ?? null, signal: call.signal, redirect: "manual" });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || response.status === 304 || location === null)
      return response;
    await discard(response);
    if (method !== "GET" && method !== "HEAD" && response.status !== 307 && response.status !== 308) {
      throw new OciError("BadAnswer", `${url.host} redirects a ${method} with ${response.status}`);
    }
    const next = nextUrl(url, location);
    if (next.origin !== url.origin) {
      if (call.holdsSecret === true) throw new OciError("BadAnswer", `${url.host} redirects a secret to ${next.host}`);
      headers = withoutCredentials(headers);
    }
    url = next;
  }
  throw new OciError("BadAnswer", `${call.url.host} redirects more than ${maxRedirects} times`);
}

function nextUrl(from: URL, location: string): URL {
  const next = URL.parse(location, from.href);
  if (next === null || (next.protocol !== "https:" && next.protocol !== "http:")) {
    throw new OciError("BadAnswer", `${from.host} redirects to something that is no http address`);
  }
  if (from.protocol === "https:" && next.protocol === "http:") {
    throw new OciError("BadAnswer", `${from.host} redirects from https to http (${next.host})`);
  }
  return next;
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"));
}

async function once(url: URL, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw fromFailure(error, init.signal, url.host);
  }
}

/** What a failed connection or a broken body stands for. */
export function fromFailure(error: unknown, signal: AbortSignal, host?: string): OciError {
  if (error instanceof OciError) return error;
  if (signal.aborted) {
    const timedOut = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
    return timedOut
      ? new OciError("TimedOut", "the registry took too long", { cause: error })
      : new OciError("Aborted", "the caller gave up", { cause: error });
  }
  return new OciError("Unavailable", `no connection to ${host ?? "the registry"}: ${reasonOf(error)}`, {
    cause: error,
  });
}

function reasonOf(error: unknown): string {
  // fetch says only "fetch failed"; why is its cause
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause && typeof cause.code === "string" ? `${cause.code} ${cause.message}`.trim() : cause.message;
}

/** Frees the connection of an answer nobody reads. */
export async function discard(response: Response | undefined): Promise<void> {
  // a body that fails while it is thrown away is of no interest
  await response?.body?.cancel().catch(() => undefined);
}

/** A whole body. Rejects with TooLarge above `limit` bytes. */
export async function readBody(
  response: Response,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of bodyOf(response, signal)) {
    length += bytes.length;
    if (length > limit) throw new OciError("TooLarge", `the registry's answer has more than ${limit} bytes`);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

/** A body as it arrives; what breaks it is an OciError. */
export async function* bodyOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  if (response.body === null) return;
  try {
    yield* response.body;
  } catch (error) {
    throw fromFailure(error, signal);
  }
}
