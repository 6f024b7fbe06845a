export { type AdminServer, startAdmin } from "./admin.ts";
export type { HealthCheck } from "./admin-pages.ts";
export { atMost } from "./at-most.ts";
export { type CommonConfig, commonConfig, ConfigError, loadConfig, readSetting } from "./config.ts";
export { duration, parseDuration } from "./duration.ts";
export { isInside } from "./inside.ts";
export { createLogger, type Logger } from "./log.ts";
export { type Address, type Mailbox, mailboxOf, type Payload, type RequestOptions } from "./mailbox.ts";
export { createMasterKey, MasterKeyProblem, readMasterKey } from "./master-key-file.ts";
export { HeaderBlock, type HeaderLine, headerLine, headerText, headerValue, statusOf } from "./message-headers.ts";
export { countRoundTrip, latencyBuckets, type Metrics, metrics, type Tallies, type Tally } from "./metrics.ts";
export { connectNats, natsOptions, NatsUnusable } from "./nats.ts";
export { currentRequestId, withRequestId } from "./request-id.ts";
export { type ProcessContext, type ProcessDefinition, type RunningProcess, runProcess } from "./process.ts";
export { type BoundTo, createSealer, Sealed, type Sealer } from "./sealer.ts";
export {
  extractTrace,
  getTracer,
  injectTrace,
  SpanKind,
  type SpanSettings,
  startTelemetry,
  tracingEnabled,
  withSpan,
} from "./telemetry.ts";
export { isUnanswered, Unanswered, type UnansweredReason } from "./unanswered.ts";
