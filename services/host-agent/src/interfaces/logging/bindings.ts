/** `wasi:logging` as a component sees it: lines of the workload's log, cut to a size. */
import type { BindInterface, LogEntry } from "../../bindings.ts";
import type { Backend } from "../../plugin.ts";
import { cut } from "./cut.ts";

/** Bytes of UTF-8. */
export const maxMessage = 16 * 1024;
export const maxContext = 256;

type Level = "trace" | "debug" | "info" | "warn" | "error" | "critical";

/** pino's words. */
const levels: Readonly<Record<Level, LogEntry["level"]>> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  critical: "fatal",
};

export const bind: BindInterface<Backend> = (_backend, { log }) => ({
  "wasi:logging/logging@0.1.0-draft": {
    log: (level: Level, context: string, message: string) => {
      log({ level: levels[level], context: cut(context, maxContext), message: cut(message, maxMessage) });
    },
  },
});
