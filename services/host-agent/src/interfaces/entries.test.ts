import { describe, expect, test } from "vitest";
import { chooseBackend, entriesByName, listOf } from "./entries.ts";

const entry = (name: string, config = {}) => ({ name, config });

describe("hostInterfaces entries", () => {
  test.for([[[""]], [["cache"]], [["cache", "sessions"]]] as const)("may be named %j", ([names]) => {
    expect([
      ...entriesByName(
        "wasi:keyvalue",
        names.map((name) => entry(name)),
      ).keys(),
    ]).toEqual(names);
  });

  test.for([
    [["", "cache"], /each needs a name/],
    [["a", "a"], /two .* named "a"/],
    [["Not A Name"], /"Not A Name" is no name/],
  ] as const)("may not be named %j", ([names, message]) => {
    expect(() =>
      entriesByName(
        "wasi:keyvalue",
        names.map((name) => entry(name)),
      ),
    ).toThrow(message);
  });

  test("choose their backend by config.backend", () => {
    const backends = { nats: 1, memory: 2 };
    expect(chooseBackend("wasi:keyvalue", entry("", { backend: "memory" }), backends, "nats")).toBe(2);
    expect(chooseBackend("wasi:keyvalue", entry(""), backends, "nats")).toBe(1);
    expect(() => chooseBackend("wasi:keyvalue", entry("", { backend: "toString" }), backends, "nats")).toThrow(
      'wasi:keyvalue: there is no backend "toString"; this host has nats, memory',
    );
  });

  test("give lists with commas", () => {
    expect(listOf(" a, b ,,c")).toEqual(["a", "b", "c"]);
    expect(listOf(undefined)).toBeUndefined();
  });
});
