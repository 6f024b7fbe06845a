/** Writes WebAssembly's binary format, for the few small modules of our own. */

/** An item of a vector, or contents of a section. */
type Encoded = readonly number[];

export const vector = (items: readonly Encoded[]): number[] => [...leb(items.length), ...items.flat()];

export const name = (text: string): number[] => [...leb(text.length), ...Buffer.from(text)];

/** A section that is a vector of items. */
export function section(id: number, items: readonly Encoded[]): number[] {
  const contents = vector(items);
  return [id, ...leb(contents.length), ...contents];
}

export const moduleOf = (sections: readonly Encoded[]): Uint8Array =>
  Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...sections.flat()]);

/** An unsigned integer in LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}
