/** A request as SigV4 and S3 look at it: method, target and headers as they were on the wire. */
import type { IncomingMessage } from "node:http";
import type { SignedRequest } from "@holdfast/s3-protocol";

type Line = Pick<IncomingMessage, "method" | "url" | "rawHeaders">;

/** `http://host[:port]/path?query`, as a client sends it to a proxy. RFC 9112, 3.2.2: servers take it too. */
const absoluteForm = /^https?:\/\/([^/?#@]+)([^#]*)$/i;

/** In the absolute form the target's host stands for the Host header, which is then ignored. */
export function toSignedRequest({ method = "GET", url = "/", rawHeaders }: Line): SignedRequest {
  const headers = pairs(rawHeaders);
  const absolute = url.startsWith("/") ? null : absoluteForm.exec(url);
  if (!absolute) return { method, ...split(url), headers };
  const [, host = "", rest = ""] = absolute;
  const others = headers.filter(([name]) => name !== "host");
  return { method, ...split(rest.startsWith("/") ? rest : `/${rest}`), headers: [["host", host], ...others] };
}

function split(target: string): { rawPath: string; rawQuery: string } {
  const question = target.indexOf("?");
  if (question < 0) return { rawPath: target, rawQuery: "" };
  return { rawPath: target.slice(0, question), rawQuery: target.slice(question + 1) };
}

function pairs(raw: readonly string[]): [string, string][] {
  const entries: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) entries.push([(raw[i] ?? "").toLowerCase(), raw[i + 1] ?? ""]);
  return entries;
}
