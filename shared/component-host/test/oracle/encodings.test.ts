import { buildGuestFile, type StringEncoding } from "@holdfast/guests";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { echoGuest } from "./echo-guest.ts";
import { startEcho } from "./echo-run.ts";
import { buildTimeoutMs, jco, ours } from "./subject.ts";
import { arrived, valueOf } from "./values.ts";
import { type WitFunction, type WitType, word } from "./wit-type.ts";
import { seed } from "./zoo.ts";

const string: WitType = { kind: "string" };
const types: readonly WitType[] = [
  string,
  { kind: "list", of: string },
  { kind: "tuple", of: [{ kind: "u8" }, string, { kind: "char" }] },
  { kind: "result", ok: string, err: string },
];
const functions = types.map((type): WitFunction => ({ params: [type], result: type }));

const encodings: readonly StringEncoding[] = ["utf8", "utf16", "compact-utf16"];
// jco 1.35 has no compact-utf16 (latin1+utf16 of the specification)
const cases = encodings.flatMap((encoding) =>
  (encoding === "compact-utf16" ? [ours] : [ours, jco]).map((subject) => [encoding, subject.name, subject] as const),
);

describe.for(cases)("strings in %s under %s", ([encoding, , subject]) => {
  const start = async () => startEcho(subject, await buildGuestFile(`zoo-${encoding}`, echoGuest(functions, encoding)));
  beforeAll(async () => {
    await start();
  }, buildTimeoutMs);

  test.for(functions.map((fn, i) => [fn.params[0]?.kind, word(i), fn] as const))("%s", async ([, name, fn]) => {
    const echo = await start();
    const value = fc.tuple(...fn.params.map(valueOf));
    const trips = fc.property(value, value, (args, [answer]) => {
      const { given, returned } = echo(name, fn, args, answer);
      expect(given).toEqual(args.map(arrived));
      expect(returned).toEqual(arrived(answer));
    });
    fc.assert(trips, { seed, numRuns: 60 });
  });

  test("keep a long text", async () => {
    const echo = await start();
    const text = "grüße 🦀 ".repeat(10_000);
    expect(echo("a", { params: [string], result: string }, [text], text)).toEqual({ given: [text], returned: text });
  });
});
