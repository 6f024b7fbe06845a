import { describe, expect, test } from "vitest";
import { instantiate, Trap } from "../src/index.ts";
import { componentFrom, functions } from "./components.ts";

const pointers = await componentFrom("pointers", { memoryMaxBytes: 3 * 65_536 });
const start = () => instantiate(pointers, { observe: () => undefined }, { maxLiftBytes: 1_000_000 });

describe("what a guest answers", () => {
  test.for<[string, number[], unknown]>([
    ["utf8", [100, 5], "plain"],
    ["utf8", [65_536, 0], ""],
    ["utf16", [300, 2], "hi"],
    ["compact", [400, 2], "äö"],
    ["compact", [300, 2 + 2 ** 31], "hi"],
    ["words", [100, 1], new Uint32Array([0x69616c70])],
    ["words", [4, 0], new Uint32Array()],
    ["character", [0x1f389], "🎉"],
    ["small", [0x1ff], 255],
    ["truth", [2], true],
  ])("is read by its type: %s(%o)", ([name, args, expected]) => {
    expect(functions(start())[name]?.(...args)).toEqual(expected);
  });

  test.for<[string, number[], string]>([
    ["utf8", [65_530, 7], "7 bytes at 65530 are beyond the end of the memory"],
    ["utf8", [0xffff_ffff, 0xffff_ffff], "a string of 4294967295 bytes is too long"],
    ["utf8", [200, 2], "a string is not valid UTF-8"],
    ["utf16", [301, 1], "pointer 301 is not aligned to 2"],
    ["utf16", [310, 1], "a string is not valid UTF-16"],
    ["utf16", [0, 0xffff_ffff], "a string of 8589934590 bytes is too long"],
    ["compact", [401, 1], "pointer 401 is not aligned to 2"],
    ["words", [2, 1], "pointer 2 is not aligned to 4"],
    ["words", [2, 0], "pointer 2 is not aligned to 4"],
    ["words", [0, 0xffff_ffff], "17179869180 bytes at 0 are beyond the end of the memory"],
    ["strings", [65_532, 1], "8 bytes at 65532 are beyond the end of the memory"],
    ["character", [0x110000], "0x110000 is no character"],
    ["character", [0xd800], "0xd800 is no character"],
    ["choose", [100], "case 112 of a type with 3 cases"],
    ["choose", [65_536], "8 bytes at 65536 are beyond the end of the memory"],
    ["choose", [2], "pointer 2 is not aligned to 4"],
  ])("traps when it is no value of its type: %s(%o)", ([name, args, message]) => {
    const instance = start();
    expect(() => functions(instance)[name]?.(...args)).toThrow(new Trap(message));
    expect(instance.trapped).toBeInstanceOf(Trap);
  });

  test("traps when lists that contain themselves grow beyond the limit", () => {
    expect(() => functions(start())["laughs"]?.()).toThrow(
      new Trap("one call hands out values of more than 1000000 bytes"),
    );
  });
});

describe("realloc", () => {
  test.for<[string, unknown, number, string]>([
    ["accept", "text", 65_534, "4 bytes at 65534 are beyond the end of the memory"],
    ["accept", "a longer text, written at once and not byte by byte", 0xffff_fff0, "are beyond the end of the memory"],
    ["acceptWords", new BigUint64Array(1), 68, "pointer 68 is not aligned to 8"],
    ["acceptWords", [1n], 65_536, "8 bytes at 65536 are beyond the end of the memory"],
  ])("traps %s when it answers what can not be", ([name, value, answer, message]) => {
    const call = functions(start());
    call["setRealloc"]?.(answer);
    expect(() => call[name]?.(value)).toThrow(message);
  });

  test("can not call out of the instance", () => {
    const call = functions(start());
    call["callOutInRealloc"]?.();
    expect(() => call["accept"]?.("text")).toThrow(
      new Trap("the instance can not call out while the host writes into it"),
    );
  });

  test("is asked for one byte a character of Latin 1, for two with a mark otherwise", () => {
    const call = functions(start());
    expect(call["compactLength"]?.("äö")).toBe(2);
    expect(call["compactLength"]?.("ä€")).toBe(2 + 2 ** 31);
  });
});

describe("a guest that fails", () => {
  test.for<[string, number[], string]>([
    ["divide", [0], "divide by zero"],
    ["recurse", [], "the call stack is exhausted"],
    ["postReturn", [100, 5], "the instance can not call out while the host writes into it"],
  ])("traps: %s", ([name, args, message]) => {
    expect(() => functions(start())[name]?.(...args)).toThrow(new Trap(message));
  });

  test("can not grow its memory beyond the limit", () => {
    expect(functions(start())["growToLimit"]?.()).toBe(3);
  });
});

describe("restore", () => {
  test("puts memory and globals back", () => {
    const instance = start();
    const call = functions(instance);
    instance.snapshot();
    call["setRealloc"]?.(68);
    call["poke"]?.(7, 8);
    expect(instance.restore()).toBe(true);
    expect(() => call["acceptWords"]?.([1n])).not.toThrow();
    expect(call["utf8"]?.(100, 5)).toBe("plain");
  });

  test("refuses an instance whose memory grew", () => {
    const instance = start();
    instance.snapshot();
    functions(instance)["grow"]?.();
    expect(instance.restore()).toBe(false);
  });

  test("refuses an instance whose guest traps while it lets go of what the call left", async () => {
    const instance = instantiate(await componentFrom("destructor-traps"));
    instance.snapshot();
    expect(functions(instance)["keep"]?.()).toBe(1);
    expect(instance.restore()).toBe(false);
    expect(instance.trapped).toBeInstanceOf(Trap);
  });

  test("refuses an instance that trapped", () => {
    const instance = start();
    instance.snapshot();
    expect(() => functions(instance)["divide"]?.(0)).toThrow(Trap);
    expect(instance.restore()).toBe(false);
  });
});
