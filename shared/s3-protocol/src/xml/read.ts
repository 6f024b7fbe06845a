/**
 * A reader for the XML that S3 clients send: elements and text, XML 1.0 (https://www.w3.org/TR/xml/), namespaces ignored.
 *
 * It is small on purpose. There is nothing in it that a document could make grow: no DTD, no entities but the five
 * predefined ones and character references, no attributes kept, a limit on bytes, depth and elements, one pass.
 * What is not well-formed is MalformedXML; nothing is repaired.
 *
 * Gaps: names are ASCII (S3 has no others). Control characters (but a bare NUL) and references to them (`&#x1;`), which
 * XML 1.0 forbids, are read as text: S3's own listings contain such references, SDKs write such characters into
 * DeleteObjects as they are (JavaScript and Python, 2026-11), and otherwise these keys could not be deleted with it.
 */
import { s3Error } from "../errors.ts";

/** An element: its local name, its child elements in order, its own text. */
export type XmlElement = { readonly name: string; readonly children: readonly XmlElement[]; readonly text: string };

export type XmlLimits = { readonly maxBytes: number; readonly maxDepth?: number; readonly maxElements?: number };

type OpenElement = { name: string; rawName: string; children: XmlElement[]; text: string };

const predefined = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);
const name = "[A-Za-z_][A-Za-z0-9_.-]*";
const startTag = new RegExp(`<((?:${name}:)?(${name}))`, "y");
const endTag = new RegExp(`</((?:${name}:)?${name})[ \\t\\r\\n]*>`, "y");
const attribute = new RegExp(`[ \\t\\r\\n]+((?:${name}:)?${name})[ \\t\\r\\n]*=[ \\t\\r\\n]*("[^"<]*"|'[^'<]*')`, "y");
const tagEnd = /[ \t\r\n]*(\/?)>/y;
const declaration = /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*["']1\.[0-9]["']([^?]*)\?>/;

/** Parses a whole document and returns its root. Throws MalformedXML and MaxMessageLengthExceeded. */
export function parseXml(bytes: Uint8Array, limits: XmlLimits): XmlElement {
  if (bytes.byteLength > limits.maxBytes) {
    throw s3Error("MaxMessageLengthExceeded", { fields: { MaxMessageLengthBytes: String(limits.maxBytes) } });
  }
  return new Reader(decode(bytes), limits).document();
}

/** Strict UTF-8, byte order mark removed, line ends as XML has them (2.11). */
function decode(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformed(cause);
  }
  if (text.includes("\0")) throw malformed();
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #maxElements: number;
  readonly #open: OpenElement[] = [];
  #root: XmlElement | undefined;
  #elements = 0;
  #at = 0;

  constructor(text: string, limits: XmlLimits) {
    this.#text = text;
    this.#maxDepth = limits.maxDepth ?? 8;
    this.#maxElements = limits.maxElements ?? 200_000;
  }

  document(): XmlElement {
    this.#declaration();
    while (this.#at < this.#text.length) {
      if (this.#text[this.#at] === "<") this.#markup();
      else this.#characters();
    }
    if (this.#root === undefined || this.#open.length > 0) throw malformed();
    return this.#root;
  }

  #declaration(): void {
    const match = declaration.exec(this.#text);
    if (match === null) return;
    const encoding = /encoding[ \t\r\n]*=[ \t\r\n]*["']([^"']*)["']/.exec(match[1] ?? "");
    if (encoding !== null && !/^(?:utf-8|us-ascii)$/i.test(encoding[1] ?? "")) throw malformed();
    this.#at = match[0].length;
  }

  #markup(): void {
    const next = this.#text[this.#at + 1];
    if (next === "/") this.#endTag();
    else if (next === "!") this.#commentOrCdata();
    else if (next === "?") this.#instruction();
    else this.#startTag();
  }

  #startTag(): void {
    const match = this.#match(startTag);
    const seen = new Set<string>();
    for (;;) {
      attribute.lastIndex = this.#at;
      const found = attribute.exec(this.#text);
      if (found === null) break;
      const [whole, attributeName = "", value = ""] = found;
      if (seen.has(attributeName)) throw malformed();
      seen.add(attributeName);
      resolveReferences(value);
      this.#at += whole.length;
    }
    const empty = this.#match(tagEnd)[1] === "/";
    this.#elements += 1;
    if (this.#root !== undefined || this.#open.length >= this.#maxDepth || this.#elements > this.#maxElements) {
      throw malformed();
    }
    this.#open.push({ rawName: match[1] ?? "", name: match[2] ?? "", children: [], text: "" });
    if (empty) this.#close();
  }

  #endTag(): void {
    const rawName = this.#match(endTag)[1];
    if (this.#open.at(-1)?.rawName !== rawName) throw malformed();
    this.#close();
  }

  #close(): void {
    const closed = this.#open.pop();
    if (closed === undefined) throw malformed();
    const element = { name: closed.name, children: closed.children, text: closed.text };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
  }

  #characters(): void {
    const end = this.#text.indexOf("<", this.#at);
    const raw = this.#text.slice(this.#at, end === -1 ? undefined : end);
    this.#at += raw.length;
    const current = this.#open.at(-1);
    if (current === undefined) {
      if (/[^ \t\n]/.test(raw)) throw malformed();
      return;
    }
    // XML 1.0, 2.4: `]]>` may not stand in text.
    if (raw.includes("]]>")) throw malformed();
    current.text += resolveReferences(raw);
  }

  #commentOrCdata(): void {
    if (this.#text.startsWith("<!--", this.#at)) {
      const comment = this.#until("<!--", "-->");
      if (comment.includes("--") || comment.endsWith("-")) throw malformed();
      return;
    }
    const current = this.#open.at(-1);
    // Everything else that begins with `<!` belongs to DTDs.
    if (current === undefined || !this.#text.startsWith("<![CDATA[", this.#at)) throw malformed();
    current.text += this.#until("<![CDATA[", "]]>");
  }

  #instruction(): void {
    const content = this.#until("<?", "?>");
    if (!/^[A-Za-z_]/.test(content) || /^xml(?:\s|$)/i.test(content)) throw malformed();
  }

  /** What stands between two marks; reading goes on behind the second. */
  #until(from: string, to: string): string {
    const start = this.#at + from.length;
    const end = this.#text.indexOf(to, start);
    if (end === -1) throw malformed();
    this.#at = end + to.length;
    return this.#text.slice(start, end);
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw malformed();
    this.#at += match[0].length;
    return match;
  }
}

function resolveReferences(raw: string): string {
  if (!raw.includes("&")) return raw;
  return raw.replace(/&([^;&]{0,12};?)/g, (_, reference: string) => {
    if (!reference.endsWith(";")) throw malformed();
    const body = reference.slice(0, -1);
    return predefined.get(body) ?? characterOf(body);
  });
}

function characterOf(reference: string): string {
  const match = /^#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,9}))$/.exec(reference);
  if (match === null) throw malformed();
  const code = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw malformed();
  return String.fromCodePoint(code);
}

/** The one answer to XML that is not well-formed or not of S3's schema. */
export function malformed(cause?: unknown) {
  return s3Error("MalformedXML", { cause });
}
