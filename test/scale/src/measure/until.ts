/** How long until something works again, from the moment that it was started. */
import { setTimeout as sleep } from "node:timers/promises";

const pauseMs = 10;
const giveUpMs = 30 * 60_000;

/** Seconds until `start` is done and `probe` has answered true. A probe that rejects is asked again; rejects with its last reason after half an hour. */
export async function secondsUntil(start: () => Promise<void>, probe: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  await start();
  let last: unknown;
  while (performance.now() - began < giveUpMs) {
    try {
      if (await probe()) return (performance.now() - began) / 1_000;
    } catch (error) {
      last = error;
    }
    await sleep(pauseMs);
  }
  throw new Error("it did not work again within half an hour", { cause: last });
}
