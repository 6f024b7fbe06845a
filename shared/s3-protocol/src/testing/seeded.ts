/** Randomness for property tests that is the same on every run. */

export type Random = {
  /** A whole number from 0 to `below` - 1. */
  readonly int: (below: number) => number;
  readonly pick: <T>(items: readonly [T, ...T[]]) => T;
  /** Well-formed text of every kind of character, controls and emoji included. */
  readonly text: (maxLength: number) => string;
};

const alphabets: readonly [string, ...string[]] = [
  "abcXYZ019",
  "/.-_~!*'()",
  " +%&<>\"'=?#;:@,$[]{}|\\^`",
  "\u0001\u0008\u000b\u001f\u007f\t\n\r",
  "äöüßéñ\u0085\u00a0",
  "漢字かな한글",
  "😀🎉👩‍🚀\u{10ffff}",
  "\ufeff\ufffe\uffff\u2028",
];

/** Mulberry32: small, and good enough to choose test cases. */
export function seeded(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number) => Math.floor(next() * below);
  const pick = <T>(items: readonly [T, ...T[]]): T => items[int(items.length)] ?? items[0];
  const text = (maxLength: number) => {
    let result = "";
    for (let left = int(maxLength + 1); left > 0; left -= 1) {
      const characters = Array.from(pick(alphabets));
      result += characters[int(characters.length)] ?? "";
    }
    return result;
  };
  return { int, pick, text };
}
