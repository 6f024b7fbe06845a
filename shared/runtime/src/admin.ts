/** The port for operators: health, metrics and whatever a service shows of itself. Never the port of its users. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { ConfigError } from "./config.ts";
import { metrics } from "./metrics.ts";

/** Undefined when healthy, else why not, in words. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>;

export type AdminServer = {
  /** The address it listens on: `http://127.0.0.1:41234`. */
  readonly url: string;
  /** `/healthz` answers 503 with the reason as long as one check gives one. */
  addHealth(name: string, check: HealthCheck): void;
  /** Answers GET `path` with the JSON of what `read` gives. */
  addJson(path: string, read: () => unknown): void;
  close(): Promise<void>;
};

const send = (response: ServerResponse, status: number, type: string, body: string) =>
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
const sendJson = (response: ServerResponse, status: number, value: unknown) =>
  send(response, status, "application/json", `${JSON.stringify(value)}\n`);

async function health(checks: ReadonlyMap<string, HealthCheck>): Promise<Record<string, string>> {
  const problems: Record<string, string> = {};
  for (const [name, check] of checks) {
    try {
      const problem = await check();
      if (problem !== undefined) problems[name] = problem;
    } catch (error) {
      problems[name] = error instanceof Error ? error.message : String(error);
    }
  }
  return problems;
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", ({ message }) =>
      reject(
        new ConfigError([`HOLDFAST_ADMIN_PORT: cannot listen on ${host}:${port} (${message}); choose another, or 0`]),
      ),
    );
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${bound}`);
    });
  });
}

/** Starts the admin port; rejects with `ConfigError` when the address cannot be had. */
export async function startAdmin(host: string, port: number): Promise<AdminServer> {
  const checks = new Map<string, HealthCheck>();
  const pages = new Map<string, () => unknown>();
  const answer = async (path: string, response: ServerResponse) => {
    if (path === "/healthz") {
      const problems = await health(checks);
      const ready = Object.keys(problems).length === 0;
      return sendJson(response, ready ? 200 : 503, ready ? { status: "ready" } : { status: "not ready", problems });
    }
    if (path === "/metrics") return send(response, 200, metrics.contentType, await metrics.text());
    const page = pages.get(path);
    if (page) return sendJson(response, 200, await page());
    return sendJson(response, 404, { error: "not found", pages: ["/healthz", "/metrics", ...pages.keys()] });
  };
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      sendJson(response, 405, { error: "only GET and HEAD" });
      return;
    }
    answer((request.url ?? "/").split("?", 1)[0] ?? "/", response).catch((error: unknown) => {
      sendJson(response, 500, { error: error instanceof Error ? error.message : String(error) });
    });
  });
  const url = await listen(server, host, port);
  return {
    url,
    addHealth: (name, check) => void checks.set(name, check),
    addJson: (path, read) => void pages.set(path, read),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
