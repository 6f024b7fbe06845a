/**
 * Which sequences of a stream are known for sure, because we wrote them or read them. As long as they join up with the
 * checkpoint it moves on with them, and a listing after our own writes has nothing to read.
 */
export type KnownSequences = {
  /** Everything up to here is known. */
  readonly checkpoint: number;
  /** `first` to `last` are known. Answers true when the checkpoint moved. */
  add(first: number, last: number): boolean;
  /** Nothing is known any more. */
  reset(): void;
};

// a stream that others write to leaves gaps that only a catch-up closes; what is forgotten is read again, no more. Some 0.4 MB a bucket
const limit = 8_192;

export function knownSequences(start: number): KnownSequences {
  let checkpoint = start;
  const islands = new Map<number, number>();
  return {
    get checkpoint() {
      return checkpoint;
    },
    add(first, last) {
      if (first > checkpoint + 1) {
        if (islands.size >= limit) islands.clear();
        islands.set(first, Math.max(last, islands.get(first) ?? 0));
        return false;
      }
      if (last <= checkpoint) return false;
      checkpoint = last;
      for (let end = islands.get(checkpoint + 1); end !== undefined; end = islands.get(checkpoint + 1)) {
        islands.delete(checkpoint + 1);
        checkpoint = end;
      }
      // a catch-up passes over what lay between the writes of others: nobody would ask for those any more
      if (last > first) for (const island of islands.keys()) if (island <= checkpoint) islands.delete(island);
      return true;
    },
    reset() {
      checkpoint = 0;
      islands.clear();
    },
  };
}
