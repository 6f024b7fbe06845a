import { describe, expect, test } from "vitest";
import { Budget } from "../budget.ts";
import { bytes, payloadOf, text } from "../testing.ts";
import { Trap } from "@holdfast/component-host";
import { Fields, visibleFields } from "./fields.ts";

const made = (...list: [string, string][]) => {
  const fields = new Fields(new Budget("fields", 10_000));
  for (const [name, value] of list) fields.append(name, bytes(value));
  return fields;
};
const shown = (fields: Fields) => fields.entries().map(([name, value]) => `${name}: ${text(value)}`);

describe("fields", () => {
  test("keep several values of a name, in order, whatever the case of the name", () => {
    const fields = made(["Set-Cookie", "a"], ["x", "1"], ["set-cookie", "b"]);
    expect(fields.get("SET-cookie").map(text)).toEqual(["a", "b"]);
    expect(fields.has("Set-Cookie")).toBe(true);
    expect(fields.has("other")).toBe(false);
    expect(shown(fields)).toEqual(["set-cookie: a", "x: 1", "set-cookie: b"]);
  });

  test("set replaces all values, set to none and delete remove them", () => {
    const fields = made(["a", "1"], ["b", "2"], ["a", "3"]);
    fields.set("A", [bytes("4"), bytes("5")]);
    expect(shown(fields)).toEqual(["b: 2", "a: 4", "a: 5"]);
    fields.set("a", []);
    expect(shown(fields)).toEqual(["b: 2"]);
    fields.delete("b");
    fields.delete("b");
    expect(shown(fields)).toEqual([]);
  });

  test("a clone goes its own way", () => {
    const fields = made(["a", "1"]);
    const copy = fields.clone();
    copy.append("b", bytes("2"));
    expect(shown(fields)).toEqual(["a: 1"]);
    expect(shown(copy)).toEqual(["a: 1", "b: 2"]);
  });

  test("carry every byte that a value may hold", () => {
    const value = Uint8Array.of(9, 32, 33, 126, 128, 200, 255);
    const fields = made();
    fields.append("x", value);
    expect(fields.get("x")).toEqual([value]);
    fields.append("long", new Uint8Array(500).fill(0xe9));
    expect(fields.get("long")).toEqual([new Uint8Array(500).fill(0xe9)]);
  });

  test.for(["", "a b", "a:", "a\n", "\u00e9", "a(b)"])("refuse the name %j with invalid-syntax", (name) => {
    const fields = made();
    expect(payloadOf(() => fields.append(name, bytes("1")))).toEqual({ tag: "invalid-syntax" });
    expect(payloadOf(() => fields.set(name, [bytes("1")]))).toEqual({ tag: "invalid-syntax" });
    expect(payloadOf(() => fields.delete(name))).toEqual({ tag: "invalid-syntax" });
    expect(fields.get(name)).toEqual([]);
    expect(fields.has(name)).toBe(false);
  });

  test.for(["a\r\nx: y", "a\nb", "a\0", "\u007f"])("refuse the value %j with invalid-syntax", (value) => {
    const fields = made(["a", "kept"]);
    expect(payloadOf(() => fields.append("a", bytes(value)))).toEqual({ tag: "invalid-syntax" });
    expect(payloadOf(() => fields.set("a", [bytes("fine"), bytes(value)]))).toEqual({ tag: "invalid-syntax" });
    expect(shown(fields)).toEqual(["a: kept"]);
  });

  test.for(["Connection", "Host", "Transfer-Encoding", "keep-alive", "Upgrade", "proxy-connection", "HTTP2-Settings"])(
    "refuse %s with forbidden",
    (name) => {
      expect(payloadOf(() => made().append(name, bytes("x")))).toEqual({ tag: "forbidden" });
      expect(payloadOf(() => made().set(name, []))).toEqual({ tag: "forbidden" });
      expect(payloadOf(() => made().delete(name))).toEqual({ tag: "forbidden" });
    },
  );

  test("of a message that came or was sent are immutable; their clones are not", () => {
    const fields = new Fields(new Budget("fields", 1_000), ["a", "1"]);
    for (const change of [() => fields.append("b", bytes("2")), () => fields.set("a", []), () => fields.delete("a")]) {
      expect(payloadOf(change)).toEqual({ tag: "immutable" });
    }
    const copy = fields.clone();
    copy.delete("a");
    expect(shown(fields)).toEqual(["a: 1"]);
    expect(shown(copy)).toEqual([]);
  });

  test("show of what came from outside only what is for guests", () => {
    expect(visibleFields(["Host", "x", "X-A", "1", "Connection", "close", "x-b", "2"])).toEqual([
      "x-a",
      "1",
      "x-b",
      "2",
    ]);
  });

  test("trap a guest that hoards them, and give back what was dropped", () => {
    const budget = new Budget("fields", 5_000);
    const fields = new Fields(budget);
    const value = new Uint8Array(1_000).fill(97);
    for (let i = 0; i < 4; i++) fields.append(`a${i}`, value);
    expect(() => fields.append("one-more", value)).toThrow(Trap);
    expect(() => fields.clone()).toThrow("more than 5000 bytes of fields at once");
    fields.delete("a0");
    fields.append("one-more", value);
    fields[Symbol.dispose]();
    new Fields(budget).append("another", new Uint8Array(4_000).fill(97));
  });
});
