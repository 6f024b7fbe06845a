/** The newest lines of one workload's log, for those who ask and those who wait for more. */
import type { LogLine } from "@holdfast/contracts";
import type { LogEntry } from "../bindings.ts";

/** Characters of one line; what is longer is cut. */
const longestMessage = 8_192;
/** Characters of all lines that are kept, so that the logs of many workloads stay small. */
const mostCharacters = 1024 ** 2;

export type LogPage = { lines: LogLine[]; dropped: number; isOpen: boolean };
export type LogQuery = { after: number; limit: number; tail: boolean };

export class LogBuffer {
  readonly #capacity: number;
  readonly #lines: LogLine[] = [];
  #characters = 0;
  #next = 1;
  #isOpen = true;
  #waiting = new Set<() => void>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(component: string, { level, context, message }: LogEntry, now = Date.now()): void {
    if (!this.#isOpen) return;
    const text = message.length > longestMessage ? `${message.slice(0, longestMessage)} [cut]` : message;
    this.#lines.push({ sequence: this.#next++, time: now, component, level, context, message: text });
    this.#characters += text.length + context.length;
    // Twice of either at most: moving the rest down costs little when it is done rarely.
    if (this.#lines.length > 2 * this.#capacity || this.#characters > 2 * mostCharacters) this.#dropOldest();
    this.#wake();
  }

  #dropOldest(): void {
    let at = Math.max(0, this.#lines.length - this.#capacity);
    let kept = 0;
    for (let last = this.#lines.length - 1; last >= at; last--) {
      const { message = "", context = "" } = this.#lines[last] ?? {};
      kept += message.length + context.length;
      if (kept > mostCharacters) at = last + 1;
    }
    this.#lines.splice(0, at);
    this.#characters = this.#lines.reduce((sum, { message, context }) => sum + message.length + context.length, 0);
  }

  /** What is there now. */
  read({ after, limit, tail }: LogQuery): LogPage {
    const kept = this.#lines.slice(-this.#capacity);
    const first = kept[0]?.sequence ?? this.#next;
    const wanted = kept.filter(({ sequence }) => sequence > after);
    const lines = tail ? wanted.slice(-limit) : wanted.slice(0, limit);
    return { lines, dropped: Math.max(0, first - 1 - after), isOpen: this.#isOpen };
  }

  /** Waits for a line when there is none yet; answers an empty page when time is up, it is aborted, or the log ends. */
  async follow(query: LogQuery, waitMs: number, signal: AbortSignal): Promise<LogPage> {
    const page = this.read(query);
    if (page.lines.length > 0 || waitMs === 0 || !this.#isOpen || signal.aborted) return page;
    await this.#change(waitMs, signal);
    return this.read(query);
  }

  /** No more lines will come. */
  close(): void {
    this.#isOpen = false;
    this.#wake();
  }

  async #change(waitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    signal.addEventListener("abort", () => resolve(), { once: true });
    this.#waiting.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
