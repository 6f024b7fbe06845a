/** What operators see of a process, wherever it is shown: on its admin port, or through the primary of several workers. */
import { metrics } from "./metrics.ts";

/** Undefined when healthy, else why not, in words. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>;

/** An answer of the admin port. */
export type Page = { readonly status: number; readonly type: string; readonly body: string };

/** A page of JSON. */
export const jsonPage = (status: number, value: unknown): Page => ({
  status,
  type: "application/json",
  body: `${JSON.stringify(value)}\n`,
});

/** The answer of `/healthz` to what is wrong, by name; nothing is wrong when that is empty. */
export function healthPage(problems: Readonly<Record<string, string>>): Page {
  const isReady = Object.keys(problems).length === 0;
  return isReady ? jsonPage(200, { status: "ready" }) : jsonPage(503, { status: "not ready", problems });
}

/** The page of something that failed. */
export const failurePage = (error: unknown): Page =>
  jsonPage(500, { error: error instanceof Error ? error.message : String(error) });

export class AdminPages {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #pages = new Map<string, () => unknown>();

  /** `/healthz` answers 503 with the reason as long as one check gives one. */
  addHealth(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  /** Answers GET `path` with the JSON of what `read` gives. */
  addJson(path: string, read: () => unknown): void {
    this.#pages.set(path, read);
  }

  /** Rejects with what a page's reader throws. */
  async answer(path: string): Promise<Page> {
    if (path === "/healthz") return healthPage(await this.#problems());
    if (path === "/metrics") return { status: 200, type: metrics.contentType, body: await metrics.text() };
    const read = this.#pages.get(path);
    if (read) return jsonPage(200, await read());
    return jsonPage(404, { error: "not found", pages: ["/healthz", "/metrics", ...this.#pages.keys()] });
  }

  async #problems(): Promise<Record<string, string>> {
    const problems: Record<string, string> = {};
    for (const [name, check] of this.#checks) {
      try {
        const problem = await check();
        if (problem !== undefined) problems[name] = problem;
      } catch (error) {
        problems[name] = error instanceof Error ? error.message : String(error);
      }
    }
    return problems;
  }
}
