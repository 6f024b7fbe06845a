import { expect, test } from "vitest";
import { MalformedComponent } from "../errors.ts";
import { moduleOf, name, section } from "./encode.ts";
import { moduleFunctionTypes } from "./function-types.ts";

const emptyFunction = [0x60, 0, 0];
const struct = [0x5f, 1, 0x63, 0x05, 0x01];
const toI64 = [0x60, 2, 0x7f, 0x64, 0x05, 1, 0x7e];

test("types of functions are found among groups, subtypes, structures and arrays", () => {
  const group = [0x4e, 2, [0x50, 0, ...struct], [0x4f, 1, 0, 0x5e, 0x78, 0x00]].flat();
  const bytes = moduleOf([
    section(1, [emptyFunction, group, toI64]),
    section(2, [
      [...name("host"), ...name("memory"), 0x02, 0x00, 1],
      [...name("host"), ...name("call"), 0x00, 3],
    ]),
    section(3, [[0]]),
    section(7, [[...name("run"), 0x00, 1]]),
  ]);
  const { imports, exports } = moduleFunctionTypes(bytes);
  expect(imports).toEqual([{ module: "host", name: "call", type: "i32,- -> i64" }]);
  expect([...exports]).toEqual([["run", " -> "]]);
});

test.for<[string, readonly number[]]>([
  ["that is a subtype of a subtype without end", [1, ...Array.from({ length: 100_000 }, () => [0x50, 0]).flat()]],
  ["that are announced and not there", [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ["of an unknown form", [1, 0x5d]],
])("a module is refused for types %s", ([, contents]) => {
  const size = contents.length;
  const leb = [(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, (size >> 14) & 0x7f];
  expect(() => moduleFunctionTypes(moduleOf([[1, ...leb, ...contents]]))).toThrow(MalformedComponent);
});
