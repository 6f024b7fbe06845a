/** Reading elements by S3's schemas: what is missing, doubled or unknown is MalformedXML, never ignored. */
import { malformed, type XmlElement } from "./read.ts";

/** The text of an element that has no children, exactly as it is: blanks belong to a key. */
export function textOf(element: XmlElement): string {
  if (element.children.length > 0) throw malformed();
  return element.text;
}

/** Throws unless the element has this name. */
export function expectName(element: XmlElement, name: string): void {
  if (element.name !== name) throw malformed();
}

/** The children of an element that holds elements only. */
export function childrenOf(element: XmlElement): readonly XmlElement[] {
  if (/[^ \t\n\r]/.test(element.text)) throw malformed();
  return element.children;
}

/** The children by name, each at most once and each of `names`. */
export function fieldsOf(element: XmlElement, names: readonly string[]): ReadonlyMap<string, XmlElement> {
  const fields = new Map<string, XmlElement>();
  for (const child of childrenOf(element)) {
    if (!names.includes(child.name) || fields.has(child.name)) throw malformed();
    fields.set(child.name, child);
  }
  return fields;
}

/** The text of a field that must be there. */
export function requiredText(fields: ReadonlyMap<string, XmlElement>, name: string): string {
  const field = fields.get(name);
  if (field === undefined) throw malformed();
  return textOf(field);
}

/** The text of a field that may be missing. */
export function optionalText(fields: ReadonlyMap<string, XmlElement>, name: string): string | undefined {
  const field = fields.get(name);
  return field === undefined ? undefined : textOf(field);
}
