/** `localResources.allowedHosts` as manifests may write it, and as it is compared. Pure. */

/** Stands for all hosts, as no list does. */
export const everything = "*";

const ports: Readonly<Record<string, string>> = { http: ":80", https: ":443" };

/** `https://api.example.com/` is `api.example.com:443`: a host, with the port that the scheme stands for. */
export function plainHost(entry: string): string {
  const [, scheme = "", host = entry] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(entry) ?? [];
  const bare = host.replace(/\/$/, "");
  const hasPort = /:\d+$/.test(bare) && !bare.endsWith("]");
  return hasPort ? bare : `${bare}${ports[scheme.toLowerCase()] ?? ""}`;
}
