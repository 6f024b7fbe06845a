/** For how long a row has not changed, by this process's clock: clocks of different machines are not compared. */
export type Patience = {
  /** True when the row of this sequence has been seen for longer than the patience lasts. */
  isOver(sequence: number): boolean;
};

export function createPatience(now: () => number, patienceMs: number): Patience {
  let seen = { sequence: -1, since: 0 };
  return {
    isOver(sequence) {
      if (seen.sequence !== sequence) seen = { sequence, since: now() };
      return now() - seen.since > patienceMs;
    },
  };
}
