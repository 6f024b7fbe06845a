import type { scheduler } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Handlers } from "@holdfast/micro/contract";
import { type ApplyPlan, nameOf, planApply, refOf } from "../domain/apply.ts";
import { removeObject } from "./delete.ts";
import type { SchedulerParts } from "../parts.ts";

/** Times that somebody else may write one of the objects while they are being applied. */
const attempts = 8;

/** A repetition finds what was written before unchanged; its result stays what it was. */
export function apply(parts: SchedulerParts): Handlers<typeof scheduler>["Apply"] {
  const { store, now, newUid, sealer } = parts;
  return async ({ documents, dryRun, set, prune }) => {
    if (prune && set === undefined)
      throw fail("Refused", "what is to be pruned? name the set that the documents belong to");
    const written = new Map<number, { revision: number; outcome: "created" | "configured" }>();
    for (let attempt = 0; attempt < attempts; attempt++) {
      await store.refresh();
      const { view, maxRecordBytes } = store;
      const plan = planApply(documents, { set, prune }, { view, now: now(), newUid, sealer, maxRecordBytes });
      const isRefused = plan.results.some(({ outcome }) => outcome === "refused");
      const isForShow = dryRun || isRefused;
      if (!isForShow && !(await write(parts, plan, written))) continue;
      if (!isForShow) for (const entry of plan.pruned) await removeObject(parts, entry.record);
      const pruned = plan.pruned.map(({ record }) => ({
        name: nameOf(record.manifest),
        ref: refOf(record.manifest),
        outcome: "pruned" as const,
        message: "",
        problems: [],
      }));
      const results = plan.results.map((result, index) => ({ ...result, ...written.get(index) }));
      return { results: [...results, ...(isRefused ? [] : pruned)], isApplied: !isForShow };
    }
    throw fail("OperationAborted", "the objects are being changed by others: try again");
  };
}

/** False as soon as somebody else was faster. */
async function write(
  { store }: SchedulerParts,
  { changes }: ApplyPlan,
  written: Map<number, { revision: number; outcome: "created" | "configured" }>,
): Promise<boolean> {
  for (const { key, record, revision: expected, result } of changes) {
    const revision = await store.put(key, record, expected);
    if (revision === undefined) return false;
    written.set(result, { revision, outcome: expected === 0 ? "created" : "configured" });
  }
  return true;
}
