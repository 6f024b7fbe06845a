export type WaitOptions = { timeoutMs?: number; intervalMs?: number; what?: string };

/**
 * Polls until the function answers something truthy and resolves with it. A throw counts as "not yet"; the last one is the
 * cause of the error when time is up.
 */
export async function waitFor<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 5_000, intervalMs = 20, what = "the condition" }: WaitOptions = {},
): Promise<Exclude<Awaited<T>, false | null | undefined | 0 | "">> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const answer = await probe();
      if (answer) return answer as Exclude<Awaited<T>, false | null | undefined | 0 | "">;
    } catch (error) {
      last = error;
    }
    await new Promise((wake) => setTimeout(wake, intervalMs));
  } while (Date.now() < deadline);
  throw new Error(`${what} did not come true within ${timeoutMs} ms`, { cause: last });
}
