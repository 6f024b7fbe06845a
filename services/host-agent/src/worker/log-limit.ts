/** Keeps a component that prints without end from burying the host in lines: what is above the limit is dropped, and that is told. */
import type { LogEntry } from "../bindings.ts";

export type Log = (component: string, entry: LogEntry) => void;

/** What a workload may print each second, and at once when it was quiet. Bytes, nearly: what JavaScript counts as characters. */
const perSecond = 512 * 1024;
/** What a line costs beside its text: an empty one is work, too. */
const lineCost = 100;

/** The same log within the limit. `now` in milliseconds. */
export function limitedLog(log: Log, now: () => number = () => performance.now()): Log {
  let left = perSecond;
  let at = now();
  let dropped = 0;
  const warn = (component: string, message: string) => log(component, { level: "warn", context: "host", message });
  return (component, entry) => {
    const time = now();
    left = Math.min(perSecond, left + ((time - at) / 1_000) * perSecond);
    at = time;
    if (left < 0) {
      if (dropped++ === 0)
        warn(component, `the workload prints more than ${perSecond / 1_024} KiB a second: lines are dropped`);
      return;
    }
    if (dropped > 0) warn(component, `${dropped} lines were dropped`);
    dropped = 0;
    left -= lineCost + entry.message.length + entry.context.length;
    log(component, entry);
  };
}
