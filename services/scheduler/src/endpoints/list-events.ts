import type { scheduler } from "@holdfast/contracts";
import type { Handlers } from "@holdfast/micro/contract";
import type { SchedulerParts } from "../parts.ts";

export function listEvents({ events, now }: SchedulerParts): Handlers<typeof scheduler>["ListEvents"] {
  return async ({ since, limit, waitMs, ...filter }, { signal }) => {
    const until = now() + waitMs;
    for (;;) {
      // listened for before it is looked for: what comes in between is heard
      const waiting = events.wait(Math.max(0, until - now()), signal);
      const found = await events.list(since, filter, limit);
      if (found.length > 0 || now() >= until || signal.aborted) {
        return { events: found, revision: found.at(-1)?.revision ?? since };
      }
      await waiting;
    }
  };
}
