/**
 * Which workload answers an HTTP request: by Host header, then by the longest path prefix. A route without a host takes what no other
 * host is named for. Pure.
 */
import type { WitInterface } from "@holdfast/host-protocol";

export type Route<T> = {
  /** Lower case, without port; "" for all. `*.example.com` for the names below one. */
  readonly host: string;
  /** Begins with `/`. `/api` takes `/api` and `/api/...`. */
  readonly path: string;
  readonly target: T;
};

/** Those who share the best route, in turn; `path`: somebody answers on this host, but not there. */
export type Found<T> = { readonly targets: readonly T[] } | { readonly missing: "host" | "path" };

/** `config.host` may name several hosts, separated by commas; `config.path` one prefix. */
export function routesOf<T>({ config }: Pick<WitInterface, "config">, target: T): Route<T>[] {
  const hosts = (config["host"] ?? "").split(",").map((each) => hostName(each.trim()));
  const path = `/${(config["path"] ?? "").replace(/^\/+|\/+$/g, "")}`;
  return hosts.map((host) => ({ host, path, target }));
}

/** Without port, lower case. */
export function hostName(authority: string): string {
  const bare = authority.startsWith("[")
    ? authority.slice(0, authority.indexOf("]") + 1)
    : authority.replace(/:\d*$/, "");
  return bare.toLowerCase().replace(/\.$/, "");
}

const takesHost = (route: string, host: string) =>
  route === "" || route === host || (route.startsWith("*.") && host.endsWith(route.slice(1)));
const takesPath = (prefix: string, path: string) =>
  prefix === "/" || path === prefix || path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}?`);

/** An exact host before a wildcard (the longer one first), both before none; then the longer prefix. */
const rank = ({ host, path }: Route<unknown>) =>
  (host === "" ? 0 : host.startsWith("*.") ? 1 : 2) * 1e6 + host.length * 2e3 + path.length;

export class Routes<T> {
  #routes: Route<T>[] = [];
  #turn = 0;

  /**
   * Adds routes; what it gives takes them away again. Replicas share a route: throws when it is another tenant's, as `mayShare` judges. A host
   * that is named is one tenant's with all of its paths, so that nobody takes a part of somebody else's site. What is below a
   * wildcard, or not named at all, is free.
   */
  add(routes: readonly Route<T>[], mayShare: (one: T, other: T) => boolean): () => void {
    for (const route of routes) {
      const isTaken = this.#routes.some((each) => isSamePlace(each, route) && !mayShare(each.target, route.target));
      if (!isTaken) continue;
      const place = route.host === "" ? `any host${route.path}` : route.host;
      throw new Error(`wasi:http: ${place} belongs to a workload of another namespace`);
    }
    this.#routes = [...this.#routes, ...routes].sort((a, b) => rank(b) - rank(a));
    return () => (this.#routes = this.#routes.filter((each) => !routes.includes(each)));
  }

  /** Who answers `path` (with or without its query) on this Host header. */
  find(authority: string, path: string): Found<T> {
    const host = hostName(authority);
    const here = this.#routes.filter((route) => takesHost(route.host, host));
    const best = here.find((route) => takesPath(route.path, path));
    if (best === undefined) return { missing: here.length > 0 ? "path" : "host" };
    const sharing = here.filter((route) => isSameRoute(route, best)).map(({ target }) => target);
    const first = this.#turn++ % sharing.length;
    return { targets: [...sharing.slice(first), ...sharing.slice(0, first)] };
  }
}

const isSamePlace = (one: Route<unknown>, other: Route<unknown>) =>
  one.host === other.host && (one.host !== "" || one.path === other.path);
const isSameRoute = (one: Route<unknown>, other: Route<unknown>) => one.host === other.host && one.path === other.path;
