/**
 * Rewrites a core module before it is compiled: its memories and tables get a maximum, because V8 does not bound them;
 * its memories and mutable globals are exported, so that they can be saved and restored.
 */
import { UnsupportedComponent } from "../errors.ts";
import { CoreReader, type CoreSection, coreSections } from "./core-reader.ts";
import { leb } from "./encode.ts";
import { skipConstantExpression, skipImport } from "./skip.ts";

/** Exports that the patch adds are named so, then their kind and index. */
export const addedExportPrefix = "holdfast:";

export const pageSize = 65_536;

export interface PatchOptions {
  /** Most that each memory may grow to, bytes. */
  readonly memoryMaxBytes: number;
  /** Most elements that each table may grow to. */
  readonly tableMaxElements: number;
}

const sectionId = { import: 2, table: 4, memory: 5, global: 6, export: 7 } as const;

/** The module with the limits built in. */
export function patchModule(bytes: Uint8Array, options: PatchOptions): Uint8Array {
  const sections = coreSections(bytes);
  const patched = new Map<number, Uint8Array>();
  for (const section of sections) {
    const contents = new CoreReader(bytes, section.start, section.end);
    if (section.id === sectionId.memory) patched.set(section.id, patchMemories(contents, options.memoryMaxBytes));
    if (section.id === sectionId.table) patched.set(section.id, patchTables(contents, options.tableMaxElements));
  }
  const result = withExports(bytes, sections, ownState(bytes, sections));
  return assemble(bytes, result.sections, new Map([...patched, ...result.patched]));
}

function patchMemories(reader: CoreReader, maxBytes: number): Uint8Array {
  const maxPages = Math.floor(maxBytes / pageSize);
  const count = reader.u32();
  const out = leb(count);
  for (let index = 0; index < count; index += 1) {
    const flags = reader.byte();
    if (flags > 1) throw new UnsupportedComponent("a shared or 64-bit memory is not supported");
    const minimum = reader.u32();
    const maximum = (flags & 1) === 1 ? reader.u32() : maxPages;
    if (minimum > maxPages) {
      throw new UnsupportedComponent(
        `the component needs a memory of ${minimum * pageSize} bytes, more than its limit of ${maxBytes}`,
      );
    }
    out.push(0x01, ...leb(minimum), ...leb(Math.min(maximum, maxPages)));
  }
  return Uint8Array.from(out);
}

function patchTables(reader: CoreReader, maxElements: number): Uint8Array {
  const count = reader.u32();
  const parts: Uint8Array[] = [Uint8Array.from(leb(count))];
  for (let index = 0; index < count; index += 1) parts.push(...patchTable(reader, maxElements));
  return Buffer.concat(parts);
}

function patchTable(reader: CoreReader, maxElements: number): Uint8Array[] {
  // 0x40 0x00 begins a table that has an expression for its first elements
  const start = reader.at;
  const hasInitializer = reader.byte() === 0x40;
  if (hasInitializer) reader.byte();
  const typeStart = hasInitializer ? reader.at : start;
  reader.at = typeStart;
  const code = reader.byte();
  if (code === 0x63 || code === 0x64) reader.skipLeb();
  const head = reader.bytes.subarray(start, reader.at);
  const flags = reader.byte();
  if (flags > 1) throw new UnsupportedComponent("a shared or 64-bit table is not supported");
  const minimum = reader.u32();
  const maximum = (flags & 1) === 1 ? reader.u32() : maxElements;
  if (minimum > maxElements) {
    throw new UnsupportedComponent(`the component needs a table of ${minimum} elements, more than ${maxElements}`);
  }
  const limits = Uint8Array.from([0x01, ...leb(minimum), ...leb(Math.min(maximum, maxElements))]);
  const initializer = reader.at;
  if (hasInitializer) skipConstantExpression(reader);
  return [head, limits, reader.bytes.subarray(initializer, reader.at)];
}

/** A memory or a global, as the export section knows it. */
interface CoreItem {
  readonly kind: 0x02 | 0x03;
  readonly index: number;
}

/** The module's own memories and mutable globals; imported ones belong to who exports them. */
function ownState(bytes: Uint8Array, sections: readonly CoreSection[]): CoreItem[] {
  const found: CoreItem[] = [];
  let imported = { memories: 0, globals: 0 };
  for (const { id, start, end } of sections) {
    const reader = new CoreReader(bytes, start, end);
    if (id === sectionId.import) imported = countImports(reader);
    if (id === sectionId.memory) {
      const count = reader.u32();
      for (let index = 0; index < count; index += 1) found.push({ kind: 0x02, index: imported.memories + index });
    }
    if (id === sectionId.global) {
      const count = reader.u32();
      for (let index = 0; index < count; index += 1) {
        if (isMutableGlobal(reader)) found.push({ kind: 0x03, index: imported.globals + index });
      }
    }
  }
  if (found.length > maxStateItems) throw new UnsupportedComponent(`a core module of over ${maxStateItems} globals`);
  return found;
}

/** LLVM makes a handful of mutable globals; each is put back on every restore. */
const maxStateItems = 10_000;

function countImports(reader: CoreReader): { memories: number; globals: number } {
  const count = reader.u32();
  const imported = { memories: 0, globals: 0 };
  for (let index = 0; index < count; index += 1) {
    const kind = skipImport(reader);
    if (kind === "global") imported.globals += 1;
    if (kind === "memory") imported.memories += 1;
  }
  return imported;
}

function isMutableGlobal(reader: CoreReader): boolean {
  const code = reader.byte();
  if (code === 0x63 || code === 0x64) reader.skipLeb();
  const isMutable = reader.byte() === 1;
  skipConstantExpression(reader);
  return isMutable;
}

function withExports(
  bytes: Uint8Array,
  sections: readonly CoreSection[],
  items: readonly CoreItem[],
): { sections: readonly CoreSection[]; patched: ReadonlyMap<number, Uint8Array> } {
  if (items.length === 0) return { sections, patched: new Map() };
  const existing = sections.find((section) => section.id === sectionId.export);
  const added = Buffer.concat(items.map((item) => exportEntry(item)));
  if (existing !== undefined) {
    const reader = new CoreReader(bytes, existing.start, existing.end);
    const count = leb(reader.u32() + items.length);
    const kept = bytes.subarray(reader.at, existing.end);
    return { sections, patched: new Map([[sectionId.export, Buffer.concat([Uint8Array.from(count), kept, added])]]) };
  }
  // a new export section, where the order of sections wants it
  const at = sections.findIndex((section) => section.id > sectionId.export && section.id !== tagSectionId);
  const position = at < 0 ? sections.length : at;
  const section: CoreSection = { id: sectionId.export, start: 0, end: 0 };
  const contents = Buffer.concat([Uint8Array.from(leb(items.length)), added]);
  return { sections: sections.toSpliced(position, 0, section), patched: new Map([[sectionId.export, contents]]) };
}

/** The tag section has a late number, and stands before the globals. */
const tagSectionId = 13;

function exportEntry({ kind, index }: CoreItem): Uint8Array {
  const name = Buffer.from(`${addedExportPrefix}${kind}:${index}`);
  return Buffer.concat([Uint8Array.from(leb(name.length)), name, Uint8Array.from([kind, ...leb(index)])]);
}

function assemble(
  bytes: Uint8Array,
  sections: readonly CoreSection[],
  patched: ReadonlyMap<number, Uint8Array>,
): Uint8Array {
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  for (const { id, start, end } of sections) {
    const contents = patched.get(id) ?? bytes.subarray(start, end);
    parts.push(Uint8Array.from([id, ...leb(contents.length)]), contents);
  }
  return Buffer.concat(parts);
}
