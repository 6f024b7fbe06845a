/**
 * Requests as a load balancer in front of the hosts would send them, and what became of each. README.md says what counts as lost.
 */
import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { helloTexts } from "./hello.ts";
import type { DeploymentName, HostAddress } from "./world.ts";

/** What one host made of a request. `refused`: not a byte of an answer came; `broken`: the answer ended in the middle. */
export type Attempt =
  | { readonly outcome: "answered"; readonly status: number; readonly body: string }
  | { readonly outcome: "refused" | "broken"; readonly why: string };

export type TrafficReport = {
  readonly requests: number;
  /** Requests that no host took in the first round. */
  readonly laterRounds: number;
  /** One line for each request that was lost. */
  readonly lost: readonly string[];
};

export type Traffic = { stop(): Promise<TrafficReport> };

type TrafficParts = {
  readonly hosts: readonly HostAddress[];
  /** Requests under way at once, and how long each caller rests after one. */
  readonly callers: number;
  readonly restMs: number;
  /** A host that was killed, with SIGKILL, since then (performance.now()) may break an answer off. */
  readonly wasKilledSince: (index: number, sinceMs: number) => boolean;
  /** A host that is stopped in its tracks: nobody waits for it for long. */
  readonly isPaused: (index: number) => boolean;
};

const attemptMs = 10_000;
/** As often a balancer asks whether a host is well. */
const healthMs = 500;
const patienceMs = 2_000;
const betweenRoundsMs = 50;

export const paths: Readonly<Record<DeploymentName, string>> = { hello: "/", slow: "/150" };

/** Begins to call both deployments in turn. */
export function startTraffic(parts: TrafficParts): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: parts.callers });
  const over = new AbortController();
  const lost: string[] = [];
  let requests = 0;
  let laterRounds = 0;
  const call = async (deployment: DeploymentName, turn: number) => {
    const { rounds, problem } = await callAny(parts, agent, deployment, turn);
    if (rounds > 1) laterRounds++;
    if (problem !== undefined) lost.push(problem);
  };
  const callers = Array.from({ length: parts.callers }, async () => {
    while (!over.signal.aborted) {
      const turn = requests++;
      await call(turn % 4 === 0 ? "slow" : "hello", turn);
      await pause(parts.restMs);
    }
  });
  return {
    async stop() {
      over.abort();
      await Promise.all(callers);
      agent.destroy();
      return { requests, laterRounds, lost };
    },
  };
}

type Called = { readonly rounds: number; readonly problem?: string };

async function callAny(parts: TrafficParts, agent: Agent, name: DeploymentName, turn: number): Promise<Called> {
  const { hosts, wasKilledSince } = parts;
  const begunAt = performance.now();
  const said: string[] = [];
  for (let round = 1; ; round++) {
    for (let step = 0; step < hosts.length; step++) {
      const host = hosts[(turn + step) % hosts.length];
      if (host === undefined) continue;
      const sentAt = performance.now();
      const attempt = await callHost(agent, host, name, parts.isPaused);
      if (isServed(attempt, name)) return { rounds: round };
      said.push(`host ${host.index}: ${wordsOf(attempt)}`);
      const isExcused = attempt.outcome === "broken" && wasKilledSince(host.index, sentAt);
      if (!isElsewhere(attempt) && !isExcused) return { rounds: round, problem: `${name}: ${said.join("; ")}` };
    }
    if (performance.now() - begunAt > patienceMs) return { rounds: round, problem: `${name}: ${said.join("; ")}` };
    await pause(betweenRoundsMs);
  }
}

function isServed(attempt: Attempt, name: DeploymentName): boolean {
  if (attempt.outcome !== "answered" || attempt.status !== 200) return false;
  return name !== "hello" || Object.values(helloTexts).some((text) => text === attempt.body);
}

/** Nothing was done here and another host may serve it: it is down, has no replica (421), or has one that is not ready (503). */
const isElsewhere = (attempt: Attempt) =>
  attempt.outcome === "refused" || (attempt.outcome === "answered" && [421, 503].includes(attempt.status));

const wordsOf = (attempt: Attempt) =>
  attempt.outcome === "answered"
    ? `${attempt.status} ${attempt.body.trim().slice(0, 200)}`
    : `${attempt.outcome}: ${attempt.why}`;

/** One request to one host. Never rejects. */
export function callHost(
  agent: Agent,
  { http, index }: HostAddress,
  name: DeploymentName,
  isPaused: (index: number) => boolean,
): Promise<Attempt> {
  const { promise, resolve } = Promise.withResolvers<Attempt>();
  const sent = request(new URL(paths[name], http), { agent, headers: { host: `${name}.test` } });
  const tooLate = setTimeout(() => {
    resolve({ outcome: "broken", why: `no answer within ${attemptMs} ms` });
    sent.destroy();
  }, attemptMs);
  const health = setInterval(() => {
    if (!isPaused(index)) return;
    resolve({ outcome: "refused", why: "the host is paused" });
    sent.destroy();
  }, healthMs);
  sent.once("response", (answer) => {
    const pieces: Buffer[] = [];
    answer.on("data", (piece: Buffer) => void pieces.push(piece));
    answer.once("end", () =>
      resolve({ outcome: "answered", status: answer.statusCode ?? 0, body: Buffer.concat(pieces).toString() }),
    );
    answer.once("error", (error) => resolve({ outcome: "broken", why: error.message }));
  });
  sent.once("error", (error) => resolve({ outcome: "refused", why: error.message }));
  sent.end();
  return promise.finally(() => {
    clearTimeout(tooLate);
    clearInterval(health);
  });
}
