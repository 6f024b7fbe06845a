/**
 * Writing S3's XML answers.
 *
 * Characters that XML 1.0 cannot carry are written as references (`&#x1;`), as S3 does: strict XML parsers refuse them,
 * which is what `encoding-type=url` is for (SDKs send it by themselves).
 */

/** Rendered XML, told apart from text by its type so that text cannot slip in unescaped. */
export type Xml = { readonly xml: string };

const named: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};
const plain = /^[ !#-%(-;=?-~]*$/;
const special =
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  /[&<>"'\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text for the inside of an element (or an attribute). A lone surrogate, which UTF-8 cannot carry, becomes U+FFFD. */
export function escapeXml(text: string): string {
  // Most text needs nothing; a page of a listing asks 8,000 times.
  if (plain.test(text)) return text;
  return text.replace(special, (character) => {
    const known = named[character];
    if (known !== undefined) return known;
    const code = character.charCodeAt(0);
    if (code >= 0xd800 && code <= 0xdfff) return "&#xFFFD;";
    // Carriage returns would come back as line feeds.
    return code === 0x0d ? "&#13;" : `&#x${code.toString(16).toUpperCase()};`;
  });
}

/** An element that holds text. */
export function textElement(name: string, value: string | number | boolean): Xml {
  return { xml: `<${name}>${typeof value === "string" ? escapeXml(value) : value}</${name}>` };
}

/** An element that holds text, or nothing at all when there is none. */
export function optionalElement(name: string, value: string | number | boolean | undefined): Xml {
  return value === undefined ? { xml: "" } : textElement(name, value);
}

/** An element that holds elements. `attributes` are written as they are. */
export function element(name: string, children: readonly Xml[], attributes = ""): Xml {
  let inside = "";
  for (const child of children) inside += child.xml;
  return { xml: `<${name}${attributes}>${inside}</${name}>` };
}

/** A whole document in S3's namespace. */
export function document(name: string, children: readonly Xml[]): string {
  return withDeclaration(element(name, children, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'));
}

/** A whole document without a namespace: errors have none. */
export function withDeclaration(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.xml}`;
}

/** `2026-11-21T09:00:00.000Z`. */
export function timestamp(epochMs: number): string {
  const dayNumber = Math.floor(epochMs / dayMs);
  // A page of a listing asks 1,000 times: `toISOString` works out the calendar each time, which was half of the page's cost.
  if (dayNumber !== latestDay.dayNumber) {
    const iso = new Date(dayNumber * dayMs).toISOString();
    latestDay = { dayNumber, text: iso.slice(0, iso.indexOf("T") + 1) };
  }
  const ms = Math.floor(epochMs - dayNumber * dayMs);
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const time = `${digits(Math.floor(minutes / 60), 2)}:${digits(minutes % 60, 2)}:${digits(seconds % 60, 2)}`;
  return `${latestDay.text}${time}.${digits(ms % 1000, 3)}Z`;
}

const dayMs = 86_400_000;
/** `text`: `2026-11-21T`. */
let latestDay = { dayNumber: 0, text: "1970-01-01T" };

const digits = (value: number, width: number): string => String(value).padStart(width, "0");

/**
 * What `encoding-type=url` makes of a key, prefix, delimiter or marker: letters, digits and `-_.*` and `/` stay, every
 * other byte of its UTF-8 is `%XX`.
 *
 * Difference from AWS: S3 writes a space as `+`; here it is `%20`, which clients that decode forms (botocore) and clients
 * that decode only percents read alike.
 */
export function encodeUrl(value: string): string {
  if (/^[A-Za-z0-9_./*-]*$/.test(value)) return value;
  return encodeURIComponent(value.toWellFormed())
    .replaceAll("%2F", "/")
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
