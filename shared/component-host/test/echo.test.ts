import { guest } from "@holdfast/guests";
import { describe, expect, test } from "vitest";
import { compileComponent, instantiate } from "../src/index.ts";

const compiled = await compileComponent(await guest("echo"));

/** Calls a function of the guest, which hands its argument to the host's function of the same name, and its answer back. */
function echo(name: string, value: unknown): { seen: unknown; answer: unknown } {
  let seen: unknown;
  const host: Record<string, (value: unknown) => unknown> = new Proxy(
    {},
    {
      get: () => (given: unknown) => {
        seen = given;
        return given;
      },
    },
  );
  const instance = instantiate(compiled, { "holdfast:guests/values": host });
  const fn = instance.getInterface("holdfast:guests/values")[name];
  return { answer: fn?.(value), seen };
}

describe("a value that goes through a guest and back", () => {
  test.for<[string, unknown]>([
    ["bools", true],
    ["bools", false],
    ["bytes", 255],
    ["signedBytes", -128],
    ["shorts", 65_535],
    ["signedShorts", -32_768],
    ["words", 4_294_967_295],
    ["signedWords", -2_147_483_648],
    ["longs", 18_446_744_073_709_551_615n],
    ["signedLongs", -9_223_372_036_854_775_808n],
    ["singles", 1.5],
    ["singles", Number.NaN],
    ["doubles", -0],
    ["doubles", Number.NEGATIVE_INFINITY],
    ["chars", "a"],
    ["chars", "🎉"],
    ["strings", ""],
    ["strings", "plain ASCII"],
    ["strings", "plain ASCII that is longer than what is copied byte by byte"],
    ["strings", "grüße, 世界 🎉"],
    ["strings", "\uFEFFwith a byte order mark"],
    ["octets", new Uint8Array([1, 2, 255])],
    ["octets", new Uint8Array()],
    ["lists", [["a"], [], ["b", "ö"]]],
    ["records", { x: 1, y: -2.5, label: "p" }],
    ["tuples", [1, "two", -3n]],
    ["flagSets", { read: true, write: false, execute: true }],
    ["enums", "blue"],
    ["options", { tag: "none" }],
    ["options", { tag: "some", val: undefined }],
    ["options", { tag: "some", val: 7 }],
    ["variants", { tag: "empty" }],
    ["variants", { tag: "circle", val: 0.5 }],
    ["variants", { tag: "polygon", val: [{ x: 1, y: 2, label: "a" }] }],
    ["variants", { tag: "name", val: "n" }],
    ["variants", { tag: "big", val: 2n ** 63n }],
  ])("stays what it is: %s %o", ([name, value]) => {
    expect(echo(name, value)).toEqual({ seen: value, answer: value });
  });

  test("a lone surrogate becomes U+FFFD", () => {
    expect(echo("strings", "a\uD800b").answer).toBe("a\uFFFDb");
  });

  test.for<[string, unknown]>([
    ["bytes", 256],
    ["signedBytes", 128],
    ["words", -1],
    ["words", 1.5],
    ["words", "1"],
    ["longs", 1],
    ["longs", 2n ** 64n],
    ["bools", 1],
    ["chars", "ab"],
    ["chars", "\uD800"],
    ["strings", 5],
    ["enums", "yellow"],
    ["variants", { tag: "square" }],
    ["records", "no record"],
    ["tuples", [1, "two"]],
    ["lists", "no list"],
  ])("is refused with a TypeError when it is of the wrong type: %s %o", ([name, value]) => {
    expect(() => echo(name, value)).toThrow(TypeError);
  });
});
