/** Conditions of an object: the list stays the same value while nothing changes, so that nothing is written. */
import type { Condition } from "@holdfast/contracts";

/** What a condition says; `since` follows from when it began to. */
export type Said = {
  readonly type: string;
  readonly status: Condition["status"];
  readonly reason: string;
  readonly message: string;
};

export const said = (type: string, status: Condition["status"], reason: string, message: string): Said => ({
  type,
  status,
  reason,
  message,
});

/** The conditions with these said anew; the very same list when all of it was said before. */
export function withConditions(conditions: Condition[], sayings: readonly Said[], now: number): Condition[] {
  let result = conditions;
  for (const saying of sayings) result = withCondition(result, saying, now);
  return result;
}

function withCondition(conditions: Condition[], saying: Said, now: number): Condition[] {
  const index = conditions.findIndex(({ type }) => type === saying.type);
  const before = conditions[index];
  if (before === undefined) return [...conditions, { ...saying, since: now }];
  const { status, reason, message } = saying;
  if (before.status === status && before.reason === reason && before.message === message) return conditions;
  const since = before.status === status ? before.since : now;
  return conditions.with(index, { ...saying, since });
}
