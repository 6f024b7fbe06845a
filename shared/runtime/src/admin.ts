/** The port for operators: health, metrics and whatever a service shows of itself. Never the port of its users. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { AdminPages, failurePage, jsonPage, type Page } from "./admin-pages.ts";
import { ConfigError } from "./config.ts";

export type AdminPort = {
  /** The address it listens on: `http://127.0.0.1:41234`. */
  readonly url: string;
  close(): Promise<void>;
};

/** The port of a process that is one alone, with its pages. */
export type AdminServer = AdminPort & Pick<AdminPages, "addHealth" | "addJson">;

function send(response: ServerResponse, { status, type, body }: Page): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
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

/** Answers GET with what `answer` gives for a path; rejects with `ConfigError` when the address cannot be had. */
export async function openAdminPort(
  host: string,
  port: number,
  answer: (path: string) => Promise<Page>,
): Promise<AdminPort> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      send(response, jsonPage(405, { error: "only GET and HEAD" }));
      return;
    }
    const [path = "/"] = (request.url ?? "/").split("?", 1);
    const sendPage = async () => send(response, await answer(path).catch(failurePage));
    void sendPage();
  });
  const url = await listen(server, host, port);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Starts the admin port of a process; rejects with `ConfigError` when the address cannot be had. */
export async function startAdmin(host: string, port: number): Promise<AdminServer> {
  const pages = new AdminPages();
  const opened = await openAdminPort(host, port, (path) => pages.answer(path));
  return {
    ...opened,
    addHealth: (name, check) => pages.addHealth(name, check),
    addJson: (path, read) => pages.addJson(path, read),
  };
}
