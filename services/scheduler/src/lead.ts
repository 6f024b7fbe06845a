/** One pass of the leader: read all, decide, write it down. What hosts are to be asked comes back for the caller to ask. */
import type { HostCall, Observed } from "./domain/observed.ts";
import type { NewEvent } from "./domain/pass.ts";
import { reconcile, type ReconcileRules } from "./domain/reconcile.ts";
import type { ObjectStore } from "./object-store.ts";

export type Led = {
  /** Somebody else leads by now: stop. */
  readonly isFenced: boolean;
  /** Somebody wrote in between: nothing was done that counts. */
  readonly isConflict: boolean;
  /** There is nothing more to write for now. */
  readonly isSettled: boolean;
  readonly calls: readonly HostCall[];
  readonly events: readonly NewEvent[];
};

export type LeadParts = {
  readonly store: ObjectStore;
  readonly rules: ReconcileRules;
  readonly now: () => number;
  readonly newUid: () => string;
  readonly observe: (asOfMs: number) => Observed;
};

const nothing = { isFenced: false, isConflict: false, isSettled: false, calls: [], events: [] };

/** `token` is that of this leader's lease. Throws SlowDown when the store does not answer. */
export async function leadPass({ store, rules, now, newUid, observe }: LeadParts, token: number): Promise<Led> {
  const asOfMs = now();
  await store.refresh();
  if (store.fence?.token !== token) return { ...nothing, isFenced: true };
  const plan = reconcile(store.view, observe(asOfMs), now(), rules, newUid);
  const { isDone } = await store.commit(plan.writes);
  // decided on what is no longer so: nobody hears of it, the next pass decides anew
  if (!isDone) return { ...nothing, isConflict: true };
  return {
    isFenced: false,
    isConflict: false,
    isSettled: plan.writes.length === 0,
    calls: plan.calls,
    events: plan.events,
  };
}
