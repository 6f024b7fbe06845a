/** Asks hosts what a pass decided to ask, and keeps what they say. Nothing here decides anything. */
import type { HostCall } from "./domain/observed.ts";
import type { StartRequest } from "./domain/start-request.ts";
import type { HostPort } from "./host-port.ts";
import type { Reports, Said } from "./reports.ts";

/** After a host could not be asked, the same question waits. Milliseconds. */
const pauseMs = 2_000;

type CallerParts = {
  readonly hosts: HostPort;
  readonly reports: Reports;
  readonly now: () => number;
  /** The request for a life, or why there can be none; undefined when its workload is gone: then the next pass decides anew. */
  readonly requestOf: (key: string, workloadId: string) => StartRequest | { readonly problem: string } | undefined;
  /** There is something new to decide on. */
  readonly onAnswer: () => void;
  readonly onFailure: (hostId: string, operation: string, error: unknown) => void;
};

export class HostCaller {
  readonly #parts: CallerParts;

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /** Begins all of these that are not under way. */
  ask(calls: readonly HostCall[]): void {
    const questions = new Map<string, HostCall[]>();
    for (const call of calls) {
      if (!this.#parts.reports.begin(call)) continue;
      if (call.operation === "start") void this.#start(call);
      else if (call.operation === "stop") void this.#stop(call);
      else questions.set(call.hostId, [...(questions.get(call.hostId) ?? []), call]);
    }
    for (const [hostId, asked] of questions) void this.#survey(hostId, asked);
  }

  /** Asks a host how everything on it is. */
  poll(hostId: string): void {
    void this.#survey(hostId, []);
  }

  async #start(call: HostCall): Promise<void> {
    const { hosts, reports, requestOf } = this.#parts;
    const { hostId, workloadId, key } = call;
    const request = requestOf(key, workloadId);
    if (request === undefined) return reports.end(call);
    if ("problem" in request) return this.#refuse(call, request.problem);
    await this.#whileCalling(call, async () => {
      const said = await hosts.start(hostId, request);
      return said.state === "WORKLOAD_STATE_ERROR" ? this.#afterRefusal(hostId, said) : said;
    });
  }

  /** As if its host had refused it. */
  #refuse(call: HostCall, message: string): void {
    const { reports, now, onAnswer } = this.#parts;
    reports.tell(call.hostId, { workloadId: call.workloadId, state: "WORKLOAD_STATE_ERROR", message }, now());
    reports.end(call);
    onAnswer();
  }

  /** A host refuses an id that runs already, which is no failure. */
  async #afterRefusal(hostId: string, refusal: Said): Promise<Said> {
    const { said } = await this.#parts.hosts.survey(hostId, [refusal.workloadId]);
    const found = said.find(({ workloadId }) => workloadId === refusal.workloadId);
    const isThere = found?.state === "WORKLOAD_STATE_RUNNING" || found?.state === "WORKLOAD_STATE_STARTING";
    return isThere ? found : refusal;
  }

  async #stop(call: HostCall): Promise<void> {
    await this.#whileCalling(call, () => this.#parts.hosts.stop(call.hostId, call.workloadId));
  }

  /** One call about one life: what is said of it counts, silence leaves it unknown. */
  async #whileCalling(call: HostCall, ask: () => Promise<Said>): Promise<void> {
    const { reports, now, onAnswer } = this.#parts;
    try {
      reports.tell(call.hostId, await ask(), now());
      reports.end(call);
    } catch (error) {
      this.#failed(call, error);
    }
    onAnswer();
  }

  async #survey(hostId: string, asked: readonly HostCall[]): Promise<void> {
    const { hosts, reports, now, onAnswer, onFailure } = this.#parts;
    const askedAtMs = now();
    const ids = new Set([...asked.map(({ workloadId }) => workloadId), ...reports.idsOn(hostId)]);
    try {
      const { said, isComplete } = await hosts.survey(hostId, [...ids]);
      reports.tellAll(hostId, said, { askedAtMs, isComplete, expected: asked.map(({ workloadId }) => workloadId) });
      for (const call of asked) reports.end(call);
    } catch (error) {
      for (const call of asked) this.#failed(call, error);
      if (asked.length === 0) onFailure(hostId, "survey", error);
    }
    onAnswer();
  }

  #failed(call: HostCall, error: unknown): void {
    const { reports, now, onFailure } = this.#parts;
    if (call.operation !== "stop")
      reports.forget(call.workloadId, error instanceof Error ? error.message : String(error));
    reports.end(call, now() + pauseMs);
    onFailure(call.hostId, call.operation, error);
  }
}
