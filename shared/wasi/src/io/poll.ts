import { repeatable, suspending, Trap } from "@holdfast/component-host";
import { repeatableClass } from "../repeatable-members.ts";
import { suspendingMethods } from "../suspending-methods.ts";

/** Something that becomes ready. A callback is a hint to look again, given at most once; the answer of `onReady` stops it. */
export interface Readiness {
  isReady(): boolean;
  onReady(callback: () => void): () => void;
}

/** Readiness of what never has to be waited for. */
export const alwaysReady: Readiness = { isReady: () => true, onReady: () => () => undefined };

/** `wasi:io/poll.pollable`. */
export class Pollable {
  readonly readiness: Readiness;
  readonly #onDispose: (() => void) | undefined;

  constructor(readiness: Readiness, onDispose?: () => void) {
    this.readiness = readiness;
    this.#onDispose = onDispose;
  }

  ready(): boolean {
    return this.readiness.isReady();
  }

  block(): void | Promise<void> {
    return this.ready() ? undefined : untilReady(this.readiness);
  }

  [Symbol.dispose](): void {
    this.#onDispose?.();
  }

  static {
    suspendingMethods(this.prototype, "block");
    repeatableClass(this);
  }
}

/** `wasi:io/poll.poll`: the indexes of those that are ready, at least one. */
export const poll = repeatable(
  suspending((pollables: readonly Pollable[]): Uint32Array | Promise<Uint32Array> => {
    if (pollables.length === 0) throw new Trap("poll of no pollables would never end");
    const ready = readyIndexes(pollables);
    return ready.length > 0 ? ready : pollLater(pollables);
  }),
);

/** Resolves when the thing is ready. */
export async function untilReady(readiness: Readiness): Promise<void> {
  while (!readiness.isReady()) await firstHint([readiness]);
}

async function pollLater(pollables: readonly Pollable[]): Promise<Uint32Array> {
  const all = pollables.map((pollable) => pollable.readiness);
  for (;;) {
    await firstHint(all);
    const ready = readyIndexes(pollables);
    if (ready.length > 0) return ready;
  }
}

function readyIndexes(pollables: readonly Pollable[]): Uint32Array {
  const indexes: number[] = [];
  for (let i = 0; i < pollables.length; i++) if (pollables[i]?.ready() === true) indexes.push(i);
  return Uint32Array.from(indexes);
}

/** Callbacks instead of `Promise.race`: a race leaves a reaction behind on every promise that lost, for as long as it lives. */
async function firstHint(all: readonly Readiness[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stops = all.map((readiness) => readiness.onReady(resolve));
  await promise;
  for (const stop of stops) stop();
}
