import type { Sort, SortIndex } from "./definitions.ts";
import type { Reader } from "./reader.ts";

const coreSorts: ReadonlyMap<number, Sort> = new Map([
  [0x00, "core func"],
  [0x01, "core table"],
  [0x02, "core memory"],
  [0x03, "core global"],
  [0x04, "core tag"],
  [0x10, "core type"],
  [0x11, "core module"],
  [0x12, "core instance"],
]);

const sorts: ReadonlyMap<number, Sort> = new Map([
  [0x01, "func"],
  [0x02, "value"],
  [0x03, "type"],
  [0x04, "component"],
  [0x05, "instance"],
]);

export function readCoreSort(reader: Reader): Sort {
  const start = reader.at;
  const code = reader.byte();
  return coreSorts.get(code) ?? reader.fail(`unknown core sort 0x${code.toString(16)}`, start);
}

export function readSort(reader: Reader): Sort {
  const start = reader.at;
  const code = reader.byte();
  if (code === 0x00) return readCoreSort(reader);
  const sort = sorts.get(code) ?? reader.fail(`unknown sort 0x${code.toString(16)}`, start);
  if (sort === "value") reader.unsupported("a value definition");
  return sort;
}

export function readSortIndex(reader: Reader): SortIndex {
  return { sort: readSort(reader), index: reader.u32() };
}
