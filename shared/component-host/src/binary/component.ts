import { UnsupportedComponent } from "../errors.ts";
import { defaultParseLimits, type ParseLimits } from "../limits.ts";
import { readCanon } from "./canonical.ts";
import { readCoreType } from "./core-types.ts";
import type { Definition, DefinitionBody } from "./definitions.ts";
import { readAlias, readExternName } from "./externs.ts";
import { Reader } from "./reader.ts";
import { readCoreSort, readSortIndex } from "./sorts.ts";
import { readExternType, readType } from "./types.ts";

/**
 * The definitions of a component, in order. Checks the grammar and the limits; what the indices mean is checked when
 * the plan is made.
 */
export function readComponent(bytes: Uint8Array, limits: ParseLimits = defaultParseLimits): Definition[] {
  if (bytes.length > limits.maxBytes) {
    throw new UnsupportedComponent(
      `the component has ${bytes.length} bytes, more than the limit of ${limits.maxBytes}`,
    );
  }
  const source = { bytes, limits, definitions: 0 };
  return readBody(new Reader(source, { at: 0, end: bytes.length }, "header", 0));
}

function readBody(reader: Reader): Definition[] {
  readHeader(reader);
  const definitions: Definition[] = [];
  while (!reader.done) {
    const id = reader.byte();
    const length = reader.u32();
    readSection(id, reader.window(length, sectionNames[id] ?? `section ${id}`), definitions);
  }
  return definitions;
}

function readHeader(reader: Reader): void {
  for (const byte of [0x00, 0x61, 0x73, 0x6d]) reader.expectByte(byte, "the magic number of WebAssembly");
  const start = reader.at;
  const version = reader.byte() + reader.byte() * 256;
  const layer = reader.byte() + reader.byte() * 256;
  if (layer === 0) reader.fail("this is a core module, not a component", start);
  if (layer !== 1 || version !== 0x0d) reader.fail(`unknown version ${version}, layer ${layer}`, start);
}

const sectionNames: readonly string[] = [
  "custom section",
  "core module section",
  "core instance section",
  "core type section",
  "component section",
  "instance section",
  "alias section",
  "type section",
  "canonical section",
  "start section",
  "import section",
  "export section",
];

const entryReaders: Readonly<Record<number, (reader: Reader) => DefinitionBody>> = {
  2: readCoreInstance,
  3: readCoreType,
  5: readInstance,
  6: readAlias,
  7: (reader) => ({ kind: "type", type: readType(reader) }),
  8: readCanon,
  10: (reader) => ({ kind: "import", name: readExternName(reader), type: readExternType(reader) }),
  11: readExport,
};

function readSection(id: number, reader: Reader, definitions: Definition[]): void {
  const offset = reader.at;
  if (id === 0) return;
  if (id === 1 || id === 4) reader.countDefinitions(1);
  if (id === 1) {
    definitions.push({ offset, kind: "core module", bytes: reader.take(reader.end - reader.at) });
  } else if (id === 4) {
    const inner = reader.window(reader.end - reader.at, "nested component", 1);
    definitions.push({ offset, kind: "component", definitions: readBody(inner) });
  } else readEntries(id, reader, definitions);
}

function readEntries(id: number, reader: Reader, definitions: Definition[]): void {
  if (id === 9) reader.unsupported("a start function");
  const read = entryReaders[id];
  if (read === undefined) return reader.fail(`unknown section ${id}`);
  reader.vector(() => {
    definitions.push({ offset: reader.at, ...read(reader) });
  });
  if (!reader.done) reader.fail(`${reader.end - reader.at} bytes left over at the end of the section`);
}

function readCoreInstance(reader: Reader): DefinitionBody {
  const start = reader.at;
  const code = reader.byte();
  if (code === 0x00) {
    const module = reader.u32();
    const args = reader.vector(() => {
      const name = reader.name();
      reader.expectByte(0x12, "a core instance");
      return { name, value: reader.u32() };
    });
    return { kind: "core instantiate", module, args };
  }
  if (code !== 0x01) reader.fail(`unknown core instance 0x${code.toString(16)}`, start);
  const exports = reader.vector(() => ({
    name: reader.name(),
    value: { sort: readCoreSort(reader), index: reader.u32() },
  }));
  return { kind: "core inline exports", exports };
}

function readInstance(reader: Reader): DefinitionBody {
  const start = reader.at;
  const code = reader.byte();
  if (code === 0x00) {
    const component = reader.u32();
    const args = reader.vector(() => ({ name: reader.name(), value: readSortIndex(reader) }));
    return { kind: "instantiate", component, args };
  }
  if (code !== 0x01) reader.fail(`unknown instance 0x${code.toString(16)}`, start);
  const exports = reader.vector(() => ({ name: readExternName(reader), value: readSortIndex(reader) }));
  return { kind: "inline exports", exports };
}

function readExport(reader: Reader): DefinitionBody {
  const name = readExternName(reader);
  const { sort, index } = readSortIndex(reader);
  return { kind: "export", name, sort, index, type: reader.optional(() => readExternType(reader)) };
}
