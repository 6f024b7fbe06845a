/** Letters to change, add, take away or swap to make one word of the other; stops counting above `limit`. */
function distance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwap) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? limit + 1;
}

const plain = (word: string) => word.toLowerCase().replaceAll(/[-_]/g, "");

/** `; did you mean "replicas"?` when a known word is near, else the known words. At the end of a sentence. */
export function didYouMean(word: string, known: readonly string[]): string {
  const written = plain(word.slice(0, 64));
  // never so far that nothing of the word is left
  const limit = Math.min(Math.max(1, Math.floor(written.length / 3)), written.length - 1);
  const ranked = known
    .map((each) => ({ each, cost: distance(written, plain(each), limit) }))
    .filter(({ cost }) => cost <= limit)
    .sort((a, b) => a.cost - b.cost);
  const best = ranked[0];
  return best === undefined ? `; known here: ${known.join(", ")}` : `; did you mean "${best.each}"?`;
}
