import { describe, expect, test } from "vitest";
import { parseLabelSelector } from "./label-selector.ts";

const labels = { app: "shop", tier: "db", "example.com/owner": "ada" };

describe("a label selector", () => {
  test.for<[string, boolean]>([
    ["", true],
    ["app=shop", true],
    ["app==shop,tier!=web", true],
    ["app=other", false],
    ["missing!=x", true],
    ["tier in (web, db)", true],
    ["tier notin (web,db)", false],
    ["example.com/owner=ada, app", true],
    ["!app", false],
    ["!gone, tier in (db)", true],
  ])("%s: %s", ([text, fits]) => {
    const selector = parseLabelSelector(text);
    expect(typeof selector === "function" && selector(labels)).toBe(fits);
  });

  test.for(["a b", "=x", "a in b", "a in (b", "a==b==c"])("that cannot be read is named: %s", (text) => {
    expect(parseLabelSelector(text)).toEqual({ unreadable: text });
  });
});
