/** The port: what happened to objects. */
import type { ObjectEvent, ObjectKind } from "@holdfast/contracts";
import type { NewEvent } from "./domain/pass.ts";

export type EventFilter = {
  readonly kind?: ObjectKind | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
};

export type EventLog = {
  /** Never throws: what could not be written is logged. */
  append(events: readonly NewEvent[]): Promise<void>;
  /** Events after a revision, oldest first. Throws SlowDown. */
  list(since: number, filter: EventFilter, limit: number): Promise<ObjectEvent[]>;
  /** Resolves when there may be a new one, or when the time is over. */
  wait(waitMs: number, signal: AbortSignal): Promise<void>;
};
