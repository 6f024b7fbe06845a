/** Numbers that stand for what is open, for a side that cannot hold it: a limited number, and closed when nobody goes on with them. */

export type HandleLimits = { readonly open: number; readonly idleMs: number };

export function openHandles<T>({ open, idleMs }: HandleLimits, close: (value: T) => Promise<void>) {
  const handles = new Map<number, { readonly value: T; readonly idle: NodeJS.Timeout; isBusy: boolean }>();
  let last = 0;

  const find = (handle: number) => {
    const found = handles.get(handle);
    if (found === undefined) throw new Error("it was closed, or nothing was done with it for too long");
    return found;
  };
  const forget = (handle: number) => {
    const found = find(handle);
    clearTimeout(found.idle);
    handles.delete(handle);
    return found.value;
  };
  const giveUp = (handle: number) => {
    const found = handles.get(handle);
    if (found === undefined || found.isBusy) found?.idle.refresh();
    // nobody is there to hear how it ended
    else void close(forget(handle)).catch(() => undefined);
  };

  return {
    /** A number for something; when there are too many, it is closed and this rejects. */
    async add(value: T): Promise<number> {
      if (handles.size >= open) {
        await close(value);
        throw new Error(`more than ${open} are open at once`);
      }
      const handle = ++last;
      handles.set(handle, { value, idle: setTimeout(giveUp, idleMs, handle).unref(), isBusy: false });
      return handle;
    },
    /** Works with it; when that fails, it is closed. */
    async use<R>(handle: number, work: (value: T) => Promise<R>): Promise<R> {
      const found = find(handle);
      found.isBusy = true;
      try {
        return await work(found.value);
      } catch (error) {
        // half of it is of no use to anybody
        if (handles.has(handle)) await close(forget(handle));
        throw error;
      } finally {
        found.isBusy = false;
        if (handles.has(handle)) found.idle.refresh();
      }
    },
    /** Hands it over: it is the caller's to close. */
    take: (handle: number): T => forget(handle),
    /** Closing twice is no error. */
    async close(handle: number): Promise<void> {
      if (handles.has(handle)) await close(forget(handle));
    },
    async closeAll(): Promise<void> {
      await Promise.allSettled([...handles.keys()].map((handle) => close(forget(handle))));
    },
  };
}
