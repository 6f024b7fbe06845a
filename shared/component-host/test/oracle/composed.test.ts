import { buildGuestFile } from "@holdfast/guests";
import { beforeAll, describe, expect, test } from "vitest";
import { aliased, chainName, chains, encodings, neighbours, passedOn, twice } from "./composed.ts";
import { buildTimeoutMs, type Functions, jco, ours, type Subject } from "./subject.ts";

const sources = {
  twice,
  neighbours,
  aliased,
  "passed-on": passedOn,
  chain: chains(["utf8"]),
  chains: chains(encodings),
};
type Label = keyof typeof sources;

const file = (label: Label) => buildGuestFile(`composed-${label}`, sources[label]);

type Exports = Functions & Record<string, Functions>;

const start = async (subject: Subject, label: Label, imports: Record<string, object> = {}) =>
  (await subject.start(await file(label), imports)) as Exports;

const texts = ["", "ascii", "grüße ÿ", "日本語", "🦀 astral", "ü".repeat(1000), `${"a".repeat(1000)}🦀`];

/** What the host's echo heard, for each text. */
async function passTexts(subject: Subject, label: Label, name: string): Promise<string[]> {
  const heard: string[] = [];
  const echo = (text: string) => {
    heard.push(text);
    return `${text}!`;
  };
  const exports = await start(subject, label, { echo });
  const fn = exports[camelOf(name)];
  for (const text of texts) expect(fn?.(text)).toBe(`${text}!`);
  return heard;
}

const camelOf = (name: string) => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

describe("components in components", () => {
  // all asked for at once are built at once
  beforeAll(() => Promise.all((Object.keys(sources) as Label[]).map(file)), buildTimeoutMs);

  describe.for([ours, jco])("under $name", (subject) => {
    beforeAll(
      () => Promise.all((["twice", "neighbours"] as const).map((label) => start(subject, label))),
      buildTimeoutMs,
    );
    beforeAll(() => start(subject, "chain", { echo: () => "" }), buildTimeoutMs);

    test("two instances of one component have nothing in common", async () => {
      const { one, other } = await start(subject, "twice");
      expect([one?.(), one?.(), other?.(), one?.()]).toEqual([1, 2, 1, 3]);
    });

    test("a resource of one is used by its neighbour", async () => {
      const { two, dropped } = await start(subject, "neighbours");
      expect(two?.(3, 4)).toBe(7);
      expect(dropped?.()).toBe(7);
    });

    test("texts pass from one to the next and back", async () => {
      expect(await passTexts(subject, "chain", chainName("utf8", "utf8"))).toEqual(texts);
    });
  });

  // jco 1.35 refuses these
  describe("under our linker alone", () => {
    test("modules and types come from around", async () => {
      const { ask } = await start(ours, "aliased", { base: () => 41 });
      expect(ask?.()).toEqual({ firstPart: 42, rest: new Uint8Array([1, 2, 3]) });
    });

    test("what is imported can be exported again", async () => {
      const add = (a: number, b: number) => a + b;
      const exports = await start(ours, "passed-on", { "holdfast:guests/host": { add } });
      expect(exports["holdfast:guests/again"]?.["add"]?.(2, 3)).toBe(5);
      expect(exports["holdfast:guests/bundle"]?.["plus"]?.(2, 3)).toBe(5);
    });

    const pairs = encodings.flatMap((first) => encodings.map((second) => [first, second] as const));
    test.for(pairs)("texts pass from %s to %s and back", async ([first, second]) => {
      expect(await passTexts(ours, "chains", chainName(first, second))).toEqual(texts);
    });
  });
});
