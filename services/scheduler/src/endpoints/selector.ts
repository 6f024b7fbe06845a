import { fail } from "@holdfast/micro";
import { type LabelSelector, parseLabelSelector } from "../domain/label-selector.ts";

/** Throws Refused for a selector that cannot be read. */
export function selectorOf(text: string): LabelSelector {
  const selector = parseLabelSelector(text);
  if (typeof selector === "function") return selector;
  throw fail(
    "Refused",
    `"${selector.unreadable}" is no label selector: write app=shop, tier!=db, env in (a, b), name or !name`,
  );
}
