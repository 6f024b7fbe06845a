import { ComponentError } from "@holdfast/component-host";
import type { IoError } from "./io-error.ts";

/** One for all streams: the end of every body is told by throwing it, and a stack trace would cost more than the read. */
export const streamClosed = new ComponentError({ tag: "closed" });

/** `stream-error.last-operation-failed`: the stream told of its failure; from then on it is closed. */
export const streamFailed = (error: IoError): ComponentError =>
  new ComponentError({ tag: "last-operation-failed", val: error });
