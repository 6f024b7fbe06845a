/** Pieces that several answers share. */
import { element, encodeUrl, escapeXml, optionalElement, textElement, timestamp, type Xml } from "./write.ts";

/** `id`: stable, 64 hex digits, as S3's canonical user ids are. */
export type Owner = { readonly id: string; readonly displayName: string };

export type ListedChecksum = { readonly algorithm: string; readonly type: string };
/** Base64 `value`, with `-<parts>` behind it when COMPOSITE. */
export type ChecksumValue = { readonly algorithm: string; readonly value: string; readonly type?: string };

export type Encoder = (value: string) => string;

/** How an answer writes keys: as text, or URL-encoded where the client asked for it. */
export function encoder(encodingType: "url" | undefined): Encoder {
  return encodingType === "url" ? encodeUrl : (value) => value;
}

export function ownerElement(name: "Owner" | "Initiator", owner: Owner): Xml {
  return element(name, [textElement("ID", owner.id), textElement("DisplayName", owner.displayName)]);
}

export function commonPrefixElements(prefixes: readonly string[], encode: Encoder): Xml[] {
  return prefixes.map((prefix) => element("CommonPrefixes", [textElement("Prefix", encode(prefix))]));
}

/** `<ChecksumCRC32C>value</ChecksumCRC32C>`. */
export function checksumElement(checksum: Pick<ChecksumValue, "algorithm" | "value">): Xml {
  return textElement(`Checksum${checksum.algorithm}`, checksum.value);
}

/** The value's element and `ChecksumType`, where there is a checksum. */
export function checksumElements(checksum: ChecksumValue | undefined): Xml[] {
  if (checksum === undefined) return [];
  return [checksumElement(checksum), optionalElement("ChecksumType", checksum.type)];
}

export function listedChecksumElements(checksum: Partial<ListedChecksum> | undefined): Xml[] {
  return [optionalElement("ChecksumAlgorithm", checksum?.algorithm), optionalElement("ChecksumType", checksum?.type)];
}

/** `etag` without quotes; the element has them. */
export function etagElement(etag: string): Xml {
  return { xml: `<ETag>&quot;${escapeXml(etag)}&quot;</ETag>` };
}

export function dateElement(name: string, epochMs: number): Xml {
  return textElement(name, timestamp(epochMs));
}
