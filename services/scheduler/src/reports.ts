/** What hosts said of the workloads on them, and which questions are under way. The leader's memory; a new leader asks anew. */
import type { WorkloadState } from "@holdfast/host-protocol";
import { callKey, type HostCall, type Report } from "./domain/observed.ts";

export type Said = { readonly workloadId: string; readonly state: WorkloadState; readonly message: string };

/** About a question to a host. */
export type Asked = {
  /** Our clock. Milliseconds. */
  readonly askedAtMs: number;
  /** The answer names everything that is there. */
  readonly isComplete: boolean;
  readonly expected: readonly string[];
};

/** Characters of a host's words that are kept: they go into conditions and events. */
const maxWords = 2_000;

/** What others say, on one line and bounded. */
function quoted(words: string): string {
  const line = words
    .slice(0, maxWords)
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "");
  return words.length > maxWords ? `${line}...` : line;
}

export class Reports {
  readonly #reports = new Map<string, Report>();
  readonly #byHost = new Map<string, Set<string>>();
  readonly #troubles = new Map<string, string>();
  /** Call -> until when it is not to be made. */
  readonly #calling = new Map<string, number>();

  get reports(): ReadonlyMap<string, Report> {
    return this.#reports;
  }

  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Life -> why its host could not be asked about it. */
  get troubles(): ReadonlyMap<string, string> {
    return this.#troubles;
  }

  /** Calls that are under way, or that wait after a failure. */
  readonly calling: Pick<ReadonlySet<string>, "has"> = {
    has: (key) => (this.#calling.get(key) ?? 0) > this.#now(),
  };

  /** What is known of the lives on a host. */
  idsOn(hostId: string): Iterable<string> {
    return this.#byHost.get(hostId) ?? [];
  }

  /** True for a call that is not under way yet, and from now on is. */
  begin(call: HostCall): boolean {
    const key = callKey(call);
    if (this.calling.has(key)) return false;
    this.#calling.set(key, Number.POSITIVE_INFINITY);
    return true;
  }

  /** It may be made again, at once or from a time on. */
  end(call: HostCall, pauseUntilMs?: number): void {
    if (pauseUntilMs === undefined) this.#calling.delete(callKey(call));
    else this.#calling.set(callKey(call), pauseUntilMs);
  }

  /** The answer about one life. */
  tell(hostId: string, { workloadId, state, message }: Said, now: number): void {
    this.#reports.set(workloadId, { hostId, state, message: quoted(message), atMs: now });
    this.#troubles.delete(workloadId);
    const ids = this.#byHost.get(hostId) ?? new Set<string>();
    this.#byHost.set(hostId, ids.add(workloadId));
  }

  /** What a host said of many. What was expected there and is not mentioned is gone, and so is everything else once the answer is complete. */
  tellAll(hostId: string, all: readonly Said[], { askedAtMs, isComplete, expected }: Asked): void {
    const now = this.#now();
    const listed = new Set(all.map(({ workloadId }) => workloadId));
    for (const workloadId of new Set([...expected, ...(isComplete ? this.idsOn(hostId) : [])])) {
      if (!listed.has(workloadId) && this.#isOlder(workloadId, askedAtMs)) {
        this.tell(hostId, { workloadId, state: "WORKLOAD_STATE_NOT_FOUND", message: "" }, now);
      }
    }
    for (const said of all) if (this.#isOlder(said.workloadId, askedAtMs)) this.tell(hostId, said, now);
  }

  /** An answer to a later question counts for more. */
  #isOlder(workloadId: string, askedAtMs: number): boolean {
    return (this.#reports.get(workloadId)?.atMs ?? 0) <= askedAtMs;
  }

  /** Nobody knows how it is: it is to be asked about. `trouble`: why the last question had no answer. */
  forget(workloadId: string, trouble?: string): void {
    if (trouble === undefined) this.#troubles.delete(workloadId);
    else this.#troubles.set(workloadId, quoted(trouble));
    const report = this.#reports.get(workloadId);
    if (report === undefined) return;
    this.#reports.delete(workloadId);
    this.#byHost.get(report.hostId)?.delete(workloadId);
  }

  /** Drops what is said of lives that ended and that nothing kept knows of, and pauses that are over. */
  prune(isKnown: (workloadId: string) => boolean): void {
    for (const [workloadId, { state }] of this.#reports) {
      const isOver = state === "WORKLOAD_STATE_NOT_FOUND" || state === "WORKLOAD_STATE_STOPPING";
      if (isOver && !isKnown(workloadId)) this.forget(workloadId);
    }
    for (const workloadId of this.#troubles.keys()) if (!isKnown(workloadId)) this.#troubles.delete(workloadId);
    const now = this.#now();
    for (const [key, untilMs] of this.#calling) if (untilMs <= now) this.#calling.delete(key);
    for (const [hostId, ids] of this.#byHost) if (ids.size === 0) this.#byHost.delete(hostId);
  }

  clear(): void {
    this.#reports.clear();
    this.#troubles.clear();
    this.#byHost.clear();
    this.#calling.clear();
  }
}
