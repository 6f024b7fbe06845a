/** Work on the same thing, one after the other, in the order in which it was asked for; on different things at the same time. */
export function oneAtATime() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(thing: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(thing);
    // how the work before ended is for whoever asked for it
    const mine = before === undefined ? work() : before.then(work, work);
    last.set(thing, mine);
    try {
      return await mine;
    } finally {
      if (last.get(thing) === mine) last.delete(thing);
    }
  };
}
