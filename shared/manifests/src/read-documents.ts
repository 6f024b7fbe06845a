/** Reads YAML (and so JSON) of several documents and remembers where each field was, so that a problem can say file and line. */
import { isMap, isNode, isScalar, LineCounter, parseAllDocuments, type Document, type Node } from "yaml";
import type { Path } from "./check.ts";

/** One document of a file. */
export type SourceDocument = {
  /** Plain data: what JSON could hold. */
  readonly value: unknown;
  /** `file:line` of the field at a path, or of the nearest thing around it that is there. */
  readonly locate: (path: Path) => string;
};

/** What stops a file from being read. */
export type SyntaxProblem = { readonly where: string; readonly message: string };
export type ReadDocuments = {
  readonly documents: readonly SourceDocument[];
  readonly problems: readonly SyntaxProblem[];
};

const maxTextBytes = 8 * 1024 * 1024;
const maxDocuments = 1_000;

/** Reads all documents of a text; empty ones are left out. `file` is a name for messages. Never throws. */
export function readDocuments(text: string, file: string): ReadDocuments {
  const refuse = (message: string): ReadDocuments => ({ documents: [], problems: [{ where: file, message }] });
  if (Buffer.byteLength(text) > maxTextBytes) return refuse("more than 8 MiB: split it into several files");
  const lines = new LineCounter();
  const where = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  try {
    const parsed = parseAllDocuments(text, { lineCounter: lines, merge: true, prettyErrors: false, version: "1.2" });
    if (!Array.isArray(parsed)) return { documents: [], problems: [] };
    if (parsed.length > maxDocuments) return refuse(`more than ${maxDocuments} documents: split it into several files`);
    const problems = parsed.flatMap(({ errors }) =>
      errors.map((error) => ({ where: where(error.pos[0]), message: `not YAML: ${error.message}` })),
    );
    if (problems.length > 0) return { documents: [], problems };
    return { documents: parsed.flatMap((document) => sourceOf(document, where)), problems: [] };
  } catch (error) {
    // what the parser throws instead of reporting: aliases that would grow without bounds, nesting that is too deep
    if (error instanceof ReferenceError || error instanceof RangeError)
      return refuse(`cannot be read: ${error.message}`);
    throw error;
  }
}

function sourceOf(document: Document.Parsed, where: (offset: number) => string): SourceDocument[] {
  const value: unknown = document.toJS();
  if (value === null || value === undefined) return [];
  return [{ value, locate: (path) => where(offsetOf(document, path)) }];
}

/** Where the key of the last field of a path begins, so that the line of `replicas: x` is said and not that of what follows. */
function offsetOf(document: Document.Parsed, path: Path): number {
  const start = document.contents?.range[0] ?? 0;
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const key = parent.items.find((pair) => isScalar(pair.key) && pair.key.value === last)?.key;
      if (isNode(key) && key.range) return key.range[0];
    }
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && hasRange(node)) return node.range[0];
  }
  return start;
}

const hasRange = (node: Node): node is Node & { range: [number, number, number] } => Array.isArray(node.range);
