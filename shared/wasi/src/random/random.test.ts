import { describe, expect, test } from "vitest";
import { Trap } from "@holdfast/component-host";
import { random } from "./random.ts";

describe("random", () => {
  test("never gives the same number twice", () => {
    const { getRandomU64 } = random.random;
    const { getInsecureRandomU64 } = random.insecure;
    const numbers = Array.from({ length: 2_000 }, (_, i) => (i % 2 === 0 ? getRandomU64() : getInsecureRandomU64()));
    expect(new Set(numbers).size).toBe(2_000);
    const [a, b] = random.insecureSeed.insecureSeed();
    expect(numbers).not.toContain(a);
    expect(a).not.toBe(b);
  });

  test("gives as many bytes as asked for, and more than it could hold is a trap", () => {
    const { getRandomBytes } = random.random;
    expect(getRandomBytes(0n)).toHaveLength(0);
    const bytes = getRandomBytes(100_000n);
    expect(bytes).toHaveLength(100_000);
    expect(new Set(bytes).size).toBe(256);
    expect(() => getRandomBytes(2n ** 40n)).toThrow(Trap);
  });
});
