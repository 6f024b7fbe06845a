/** For which days signing keys are given away. */

const dayMs = 86_400_000;

/**
 * A presigned URL lives for 7 days at most, and the clock of who presents it may be 15 minutes off: the eighth day
 * back.
 */
const daysBack = 8;
/** A client whose clock is ahead may already be in tomorrow. */
const daysAhead = 1;

/**
 * True when a signing key of this day (`YYYYMMDD`, UTC) can still belong to a request that is valid now. A derived key
 * works for its whole day, so days that nobody needs yet are not given away in advance.
 */
export function isSigningDate(date: string, now: number): boolean {
  const day = Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}T00:00:00Z`);
  if (Number.isNaN(day)) return false;
  const today = Math.floor(now / dayMs) * dayMs;
  return day >= today - daysBack * dayMs && day <= today + daysAhead * dayMs;
}
