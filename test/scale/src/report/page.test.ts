import { describe, expect, test } from "vitest";
import { replaceSection } from "./page.ts";
import { cellText, tableText } from "./table.ts";

describe("replaceSection", () => {
  const page = "# Page\n\n<!-- scale:a -->\nold\n<!-- /scale:a -->\n\nrest <!-- scale:b --><!-- /scale:b -->\n";

  test("replaces what is between the markers of its section and nothing else", () => {
    const once = replaceSection(page, "a", "new");
    expect(once).toContain("<!-- scale:a -->\n\nnew\n\n<!-- /scale:a -->");
    expect(once).not.toContain("old");
    expect(once).toContain("rest <!-- scale:b --><!-- /scale:b -->");
    expect(replaceSection(once, "a", "new")).toBe(once);
  });

  test("refuses a page without the markers", () => {
    expect(() => replaceSection(page, "c", "new")).toThrow("no markers <!-- scale:c -->");
  });
});

test.for([
  [1_234_567.8, "1,234,568"],
  [123.4, "123"],
  [12.345, "12.3"],
  [0.012345, "0.0123"],
  [0, "0"],
  [Number.NaN, "-"],
  ["text", "text"],
] as const)("prints %s as %s", ([cell, text]) => {
  expect(cellText(cell)).toBe(text);
});

test("aligns the columns of a table", () => {
  const text = tableText({ title: "T", columns: ["what", "ms"], rows: [["a longer name", 5]] });
  expect(text.split("\n").slice(2)).toEqual([
    "| what          |  ms |",
    "| ------------- | --: |",
    "| a longer name |   5 |",
  ]);
});
