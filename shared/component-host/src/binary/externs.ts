import type { DefinitionBody } from "./definitions.ts";
import type { Reader } from "./reader.ts";
import { readSort } from "./sorts.ts";

/** The name of an import or export: `wasi:io/streams@0.2.6` or a plain kebab-case name. */
export function readExternName(reader: Reader): string {
  const start = reader.at;
  const code = reader.byte();
  // 0x00 and 0x01 were once plain names and interface names; both are one name now
  if (code <= 0x01) return reader.name();
  if (code === 0x02) return reader.unsupported("a name with a version suffix");
  return reader.fail(`unknown kind of name 0x${code.toString(16)}`, start);
}

export function readAlias(reader: Reader): DefinitionBody {
  const sort = readSort(reader);
  const start = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x00:
      return { kind: "alias", sort, target: { kind: "export", instance: reader.u32(), name: reader.name() } };
    case 0x01:
      return { kind: "alias", sort, target: { kind: "core export", instance: reader.u32(), name: reader.name() } };
    case 0x02:
      return { kind: "alias", sort, target: { kind: "outer", count: reader.u32(), index: reader.u32() } };
    default:
      return reader.fail(`unknown alias target 0x${code.toString(16)}`, start);
  }
}
