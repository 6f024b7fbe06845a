/** From a plain value to manifests: which kind it is, whether each field fits, and in words what does not. */
import type { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import { adviceFor, reasonToPassOver } from "./foreign-kinds.ts";
import { apiVersionOf, isKind, kindNames, kinds, type Manifest, wasmcloudApiVersion } from "./kinds.ts";

export type Path = readonly (string | number)[];

/** One thing that is wrong with a document. */
export type Problem = {
  /** Where, from the document's root; empty for the document as a whole. */
  readonly path: Path;
  /** What, and what to do about it. */
  readonly message: string;
};

/** What a document turned out to be. A list gives several of them. */
export type Checked =
  | { readonly outcome: "manifest"; readonly manifest: Manifest }
  | { readonly outcome: "passed over"; readonly name: string; readonly reason: string }
  | { readonly outcome: "refused"; readonly name: string; readonly problems: readonly Problem[] };

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Objects in lists count too. */
const maxItems = 1_000;

/** Checks one document: an object of a known kind, or a list of them. Never throws. */
export function checkDocument(value: unknown): Checked[] {
  const found = itemsOf(value, []);
  return found.length > maxItems
    ? [{ outcome: "refused", name: "list", problems: [{ path: ["items"], message: `more than ${maxItems} objects` }] }]
    : found.map(({ value: item, path }) => checkObject(item, path));
}

type Item = { value: unknown; path: Path };

/** The objects of a `List` (or `WorkloadList`, ...), which may hold lists itself; else the document. */
function itemsOf(value: unknown, path: Path): Item[] {
  const isList = isObject(value) && typeof value["kind"] === "string" && Array.isArray(value["items"]);
  if (!isList || path.length > 8) return [{ value, path }];
  const items: readonly unknown[] = Array.isArray(value["items"]) ? value["items"] : [];
  return items.slice(0, maxItems + 1).flatMap((item, index) => itemsOf(item, [...path, "items", index]));
}

function checkObject(value: unknown, at: Path): Checked {
  const refuse = (path: Path, message: string): Checked => ({
    outcome: "refused",
    name: nameOf(value),
    problems: [{ path: [...at, ...path], message }],
  });
  if (!isObject(value)) return refuse([], "not an object: a manifest has apiVersion, kind, metadata and spec");
  const { apiVersion, kind } = value;
  if (typeof kind !== "string") return refuse(["kind"], `missing; known kinds: ${kindNames.join(", ")}`);
  if (typeof apiVersion !== "string")
    return refuse(["apiVersion"], `missing; ${kind} is of ${wasmcloudApiVersion} or v1`);
  const reason = reasonToPassOver(apiVersion, kind);
  if (reason !== undefined) return { outcome: "passed over", name: nameOf(value), reason };
  const advice = adviceFor(apiVersion, kind);
  if (advice !== undefined) return refuse(["kind"], advice);
  if (!isKind(kind)) return refuse(["kind"], `unknown kind "${kind}"${didYouMean(kind, kindNames)}`);
  if (apiVersion !== apiVersionOf(kind))
    return refuse(["apiVersion"], `${kind} is of ${apiVersionOf(kind)}, not ${apiVersion}`);
  const parsed = kinds[kind].safeParse(withoutNulls(value));
  if (parsed.success) return { outcome: "manifest", manifest: parsed.data };
  return { outcome: "refused", name: nameOf(value), problems: problemsOf(parsed.error, at) };
}

/** `WorkloadDeployment default/hello`, as far as the value says. */
function nameOf(value: unknown): string {
  if (!isObject(value)) return "document";
  const metadata = isObject(value["metadata"]) ? value["metadata"] : {};
  const kind = typeof value["kind"] === "string" ? value["kind"] : "document";
  const name = typeof metadata["name"] === "string" ? metadata["name"] : "(unnamed)";
  const namespace = typeof metadata["namespace"] === "string" ? metadata["namespace"] : "default";
  return `${kind} ${namespace}/${name}`;
}

/** A field with nothing behind its colon is a field that was not given, as with Kubernetes. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutNulls(each));
  if (!isObject(value)) return value;
  const given = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(given.map(([key, each]) => [key, withoutNulls(each)]));
}

const asPath = (path: readonly PropertyKey[]): Path =>
  path.map((part) => (typeof part === "number" ? part : String(part)));

function problemsOf(error: z.ZodError, at: Path): Problem[] {
  return error.issues.flatMap((issue) => {
    const path = [...at, ...asPath(issue.path)];
    if (issue.code === "unrecognized_keys") {
      const messages = issue.message.split("\n");
      return issue.keys.map((key, index) => ({ path: [...path, key], message: messages[index] ?? "unknown field" }));
    }
    return [{ path, message: wordsOf(issue) }];
  });
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
    return "missing: this field is required";
  return issue.message.replace(/^Invalid (input|option): /, "").replace(/^Too (small|big): /, "");
}

/** A path as people write it: `spec.template.spec.components[0].image`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}
