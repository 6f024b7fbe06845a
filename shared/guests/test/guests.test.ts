import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { buildGuest, guest, guestFile, guestNames, transpiled } from "../src/index.ts";

const header = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, 8)).toString("hex");
/** "\0asm", version 13, layer 1: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md */
const componentHeader = "0061736d0d000100";

/** For a cold cache on a machine with other things to do. */
const timeout = 180_000;

describe("a guest", { timeout }, () => {
  // js-http-keyvalue takes 20 to 40 s: whoever runs it sees whether it is one
  test.for(guestNames.filter((name) => name !== "js-http-keyvalue"))("%s is a component", async (name) => {
    expect(header(await guest(name))).toBe(componentHeader);
  });

  test("is built once: every caller gets the same bytes, each their own copy", async () => {
    const [one, other] = await Promise.all([guest("http-hello"), guest("http-hello")]);
    expect(one).toEqual(other);
    one.fill(0);
    expect(header(other)).toBe(componentHeader);
    expect(new Uint8Array(await readFile(await guestFile("http-hello")))).toEqual(other);
  });

  test("runs under jco, too: the values of `echo` come back as they were given", async () => {
    const instantiate = await transpiled(await guestFile("echo"));
    const same = (value: unknown) => value;
    const imports = { "holdfast:guests/values": new Proxy({}, { get: () => same }) };
    const { values } = (await instantiate(imports)) as { values: Record<string, typeof same> };
    expect(values.strings?.("grüße 🦀")).toBe("grüße 🦀");
    expect(values.records?.({ x: 1.5, y: -0.25, label: "a" })).toEqual({ x: 1.5, y: -0.25, label: "a" });
    expect(values.variants?.({ tag: "big", val: 2n ** 64n - 1n })).toEqual({ tag: "big", val: 2n ** 64n - 1n });
  });

  test("of the test's own is built from component text", async () => {
    expect(header(await buildGuest("empty", { language: "component-wat", text: "(component)" }))).toBe(componentHeader);
  });

  test("that has a mistake is named, with what the tool said of it", async () => {
    const broken = buildGuest("broken", {
      language: "component-wat",
      text: "(component (core module $m (func (i32.cnst 1))))",
    });
    await expect(broken).rejects.toThrow(/guest broken could not be built: .*i32.cnst/s);
  });

  test("that lacks an export of its world is named, with the export", async () => {
    const wit = "world guest { export answer: func() -> u32; }";
    const lacking = buildGuest("lacking", { language: "core-wat", text: "(module)", wit });
    await expect(lacking).rejects.toThrow(/guest lacking could not be built: .*answer/s);
  });
});
