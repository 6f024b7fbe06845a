/** The port: where objects are kept. */
import type { StoredRecord } from "./domain/records.ts";
import type { View } from "./domain/view.ts";

/** One object to be written, or to be removed (`record` undefined). */
export type Write = { readonly key: string; readonly record: StoredRecord | undefined };

/** Who may act: the newest token wins. */
export type Fence = { readonly token: number; readonly instance: string };

/** `Conflict`: somebody else was faster; refresh and decide anew. The revision is that of the last write that was made. */
export type Committed = { readonly isDone: boolean; readonly written: number };

export type ObjectStore = {
  /** The largest record that it takes, as JSON. Bytes. */
  readonly maxRecordBytes: number;
  /** Of the view as last refreshed. */
  readonly view: View;
  readonly revision: number;
  readonly fence: Fence | undefined;
  /** Brings the view up to date: whatever was acknowledged before the call is in it afterwards. Throws SlowDown. */
  refresh(): Promise<number>;
  /** Writes one object if its revision still is the expected one (0: it does not exist). The new revision; undefined when it is not. */
  put(key: string, record: StoredRecord, expectedRevision: number): Promise<number | undefined>;
  /** Removes one object under the same condition. */
  remove(key: string, expectedRevision: number): Promise<boolean>;
  /** The leader's writes, in order, each only if nobody wrote anything since the view's revision but these writes themselves. */
  commit(writes: readonly Write[]): Promise<Committed>;
  /**
   * Puts the fence up: from then on a leader with an older token cannot commit. False when there is a newer one. The fence of this very
   * leader may be put up again: then the view knows the last write of the store.
   */
  raiseFence(fence: Fence): Promise<boolean>;
  /** Resolves when something may have been written after this revision, at the latest after the time. */
  changed(revision: number, waitMs: number, signal?: AbortSignal): Promise<void>;
};
