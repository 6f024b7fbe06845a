import { guest } from "@holdfast/guests";
import { describe, expect, test } from "vitest";
import { argumentsFromJson, describeWorld, InvalidValue, parseComponent, valueToJson } from "../src/index.ts";
import { componentBytes } from "./components.ts";

const echo = parseComponent(await guest("echo"));

/** The type of an echo function, whose argument and result have the same type. */
function echoType(name: string) {
  const values = echo.exports.find((item) => item.kind === "instance");
  const found = values?.items.find((item) => item.kind === "func" && item.name === name);
  if (found?.kind !== "func" || found.type.result === undefined) throw new Error(`echo has no ${name}`);
  return { func: found.type, result: found.type.result };
}

describe("describeWorld", () => {
  test("lists imports and exports, and each interface by package", async () => {
    const text = describeWorld(parseComponent(await guest("http-greeter")));
    expect(text).toContain("  import wasi:http/types@0.2.12;\n");
    expect(text).toContain("  export wasi:http/incoming-handler@0.2.12;\n");
    expect(text).toContain(`package holdfast:guests {
  interface greeter {
    greet: func(name: string) -> string;
`);
    expect(text).toContain("    use wasi:http/types@0.2.12.{incoming-request, response-outparam};\n");
    expect(text).toContain("    type headers = fields;\n");
  });

  test("shows resources with their functions", async () => {
    expect(describeWorld(parseComponent(await componentBytes("exported-resource")))).toBe(`package root:component;

world root {
  export test:guest/counters@1.0.0;
}

package test:guest@1.0.0 {
  interface counters {
    resource counter {
      constructor(value: u32);
      value: func() -> u32;
      consume: static func(it: counter) -> u32;
    }
    dropped: func() -> u32;
  }
}
`);
  });

  test("shows functions and types of the world itself", async () => {
    expect(describeWorld(parseComponent(await componentBytes("pointers")))).toContain(`world root {
  import observe: func();
  variant choice {
    a,
    b(u32),
    c,
  }
  export utf8: func(at: u32, length: u32) -> string;
`);
  });
});

describe("values as JSON", () => {
  test.for<[string, unknown, unknown]>([
    ["longs", "18446744073709551615", 18_446_744_073_709_551_615n],
    ["longs", 5, 5n],
    ["doubles", "NaN", Number.NaN],
    ["octets", [1, 255], new Uint8Array([1, 255])],
    ["octets", { text: "hi" }, new Uint8Array([104, 105])],
    ["records", { x: 1, y: 2, label: "p" }, { x: 1, y: 2, label: "p" }],
    ["flag-sets", ["read"], { read: true, write: false, execute: false }],
    ["variants", "empty", { tag: "empty" }],
    ["variants", { circle: 1.5 }, { tag: "circle", val: 1.5 }],
    ["results", { err: 7 }, { tag: "err", val: 7n }],
    ["options", null, { tag: "none" }],
    ["options", { some: null }, { tag: "some", val: undefined }],
    ["options", { some: 5 }, { tag: "some", val: 5 }],
  ])("are read by their type: %s %o", ([name, json, expected]) => {
    expect(argumentsFromJson(echoType(name).func, [json])).toEqual([expected]);
  });

  test.for<[string, unknown, string]>([
    ["bytes", 256, "argument v: expected an integer (u8), got 256"],
    ["longs", "-1", 'argument v: expected an integer (u64), got "-1"'],
    ["records", { x: 1, y: 2 }, "argument v.label: expected a string, got nothing"],
    ["records", { x: 1, y: 2, label: "", z: 3 }, "argument v: there is no field z"],
    ["lists", [["a", 5]], "argument v[0][1]: expected a string, got 5"],
    ["enums", "pink", 'argument v: expected one of red, green, blue, got "pink"'],
    ["variants", { polygon: [{}] }, "argument v.polygon[0].x: expected a number, got nothing"],
  ])("are refused with the place: %s %o", ([name, json, message]) => {
    expect(() => argumentsFromJson(echoType(name).func, [json])).toThrow(new InvalidValue(message));
  });

  test.for<[string, unknown, unknown]>([
    ["longs", 2n ** 63n, "9223372036854775808"],
    ["octets", new Uint8Array([1, 2]), [1, 2]],
    ["records", { x: 1, y: 2, label: "p" }, { x: 1, y: 2, label: "p" }],
    ["flag-sets", { read: true, write: false, execute: true }, ["read", "execute"]],
    ["variants", { tag: "circle", val: 1.5 }, { circle: 1.5 }],
    ["variants", { tag: "empty" }, "empty"],
    ["tuples", [1, "two", 3n], [1, "two", "3"]],
    ["options", { tag: "none" }, null],
  ])("are written by their type: %s %o", ([name, value, expected]) => {
    expect(valueToJson(echoType(name).result, value)).toEqual(expected);
  });

  test("are as many as the function has parameters", () => {
    expect(() => argumentsFromJson(echoType("bytes").func, [])).toThrow("expected 1 arguments (v), got 0");
  });
});
