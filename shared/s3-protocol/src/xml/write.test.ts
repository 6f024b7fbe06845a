import { XMLValidator } from "fast-xml-parser";
import { describe, expect, test } from "vitest";
import { seeded } from "../testing/seeded.ts";
import { encodeUrl, escapeXml, timestamp } from "./write.ts";

describe("escapeXml", () => {
  test.for([
    ["a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d&quot;e&apos;f"],
    ["a\r\n\tb", "a&#13;\n\tb"],
    ["\u0000\u0001\u001f\u007f\u0085", "&#x0;&#x1;&#x1F;&#x7F;&#x85;"],
    ["\ufffe\uffff", "&#xFFFE;&#xFFFF;"],
    ["ä漢😀", "ä漢😀"],
    ["\ud83d", "&#xFFFD;"],
    ["\ude00\ud83d!", "&#xFFFD;&#xFFFD;!"],
  ] as const)("writes %j", ([text, xml]) => {
    expect(escapeXml(text)).toBe(xml);
  });

  test("writes nothing that another XML parser trips over, where XML can carry the text", () => {
    const random = seeded(6);
    for (let round = 0; round < 1000; round += 1) {
      const xml = `<a>${escapeXml(random.text(40))}</a>`;
      expect(XMLValidator.validate(xml), xml).toBe(true);
    }
  });
});

describe("encodeUrl", () => {
  test.for([
    ["abcXYZ019-_.*/", "abcXYZ019-_.*/"],
    ["a b", "a%20b"],
    ["a+b", "a%2Bb"],
    ["100%", "100%25"],
    ["test_file(3).png", "test_file%283%29.png"],
    ["한글/x", "%ED%95%9C%EA%B8%80/x"],
    ["😀", "%F0%9F%98%80"],
    ["!'~&=?#:;@,$", "%21%27%7E%26%3D%3F%23%3A%3B%40%2C%24"],
    ["\u0000\u0001\n", "%00%01%0A"],
  ] as const)("writes %j as S3 does", ([value, encoded]) => {
    expect(encodeUrl(value)).toBe(encoded);
  });

  test("is read alike by clients that decode forms and clients that decode percents", () => {
    const random = seeded(7);
    for (let round = 0; round < 1000; round += 1) {
      const value = random.text(40);
      const encoded = encodeUrl(value);
      expect(decodeURIComponent(encoded)).toBe(value);
      expect(decodeURIComponent(encoded.replaceAll("+", " "))).toBe(value);
      expect(encoded).toMatch(/^[A-Za-z0-9%/_.*-]*$/);
    }
  });
});

describe("timestamp", () => {
  test.for([
    0, -1, -86_400_000, 951_782_399_999, 951_782_400_000, 1_795_251_600_123, 253_402_300_799_999, 8_640_000_000_000_000,
  ])("writes %d as toISOString does", (epochMs) => {
    expect(timestamp(epochMs)).toBe(new Date(epochMs).toISOString());
  });

  test("writes every time of a long walk as toISOString does", () => {
    for (let epochMs = 1_700_000_000_000; epochMs < 1_800_000_000_000; epochMs += 12_345_678) {
      expect(timestamp(epochMs)).toBe(new Date(epochMs).toISOString());
    }
  });

  test("throws for what is no time", () => {
    expect(() => timestamp(Number.NaN)).toThrow(RangeError);
  });

  test("has milliseconds and Z", () => {
    expect(timestamp(Date.UTC(2026, 10, 21, 9, 0, 0))).toBe("2026-11-21T09:00:00.000Z");
  });
});
