/** Which host and path a request is for (RFC 9112, 3.2): one answer, for who stands before this host has to come to the same. Pure. */

export type RequestTarget = {
  /** Of the Host header, or of a target in absolute form, which counts above it. */
  readonly authority: string;
  /** With its query. `*` of an OPTIONS request. */
  readonly path: string;
};

type Head = { readonly url?: string | undefined; readonly rawHeaders: readonly string[] };

/** `uri-host [":" port]` of RFC 3986, without regard to how long its parts are. */
const hostAndPort = /^(?:\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/;

/** Undefined for a request that names its host in no way or in two. */
export function targetOf({ url = "/", rawHeaders }: Head): RequestTarget | undefined {
  const hosts: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === "host") hosts.push(rawHeaders[at + 1] ?? "");
  }
  const [host = ""] = hosts;
  if (hosts.length > 1 || !hostAndPort.test(host)) return undefined;
  if (url.startsWith("/") || url === "*") return { authority: host, path: url };
  const [, authority = "", path = ""] = /^https?:\/\/([^/?#]+)(.*)$/is.exec(url) ?? [];
  if (authority === "" || !hostAndPort.test(authority)) return undefined;
  return { authority, path: path.startsWith("/") ? path : `/${path}` };
}
