/**
 * Units of one component, by wasmCloud's rules. `poolSize` 0: every call gets a state as it was after instantiation, by a restored unit or
 * a new one. More: so many warm units keep their state from call to call, each for at most `maxInvocations` calls.
 */
import type { LoadedComponent } from "../workloads/isolate.ts";
import type { InstanceMemory } from "./instance-memory.ts";
import type { Unit } from "./unit.ts";

/** How many restored units wait for the next calls. */
const idleUnits = 16;

export type PoolSettings = Pick<LoadedComponent, "poolSize" | "maxInvocations" | "maxConcurrency">;

export class UnitPool {
  readonly #make: () => Unit;
  /** Of all components of the workload. */
  readonly #memory: InstanceMemory;
  readonly #isIsolated: boolean;
  readonly #maxInvocations: number;
  /** Units at once; 0: as many as there are calls. */
  readonly #most: number;
  readonly #idle: Unit[] = [];
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  #inUse = 0;

  constructor({ poolSize, maxInvocations, maxConcurrency }: PoolSettings, memory: InstanceMemory, make: () => Unit) {
    this.#make = make;
    this.#memory = memory;
    this.#isIsolated = poolSize === 0;
    this.#maxInvocations = maxInvocations;
    // One instance runs one call at a time, so that concurrency takes as many instances.
    this.#most = poolSize === 0 ? 0 : poolSize * Math.max(1, maxConcurrency);
  }

  /** Makes the first unit. Throws when there can be none. */
  warm(): void {
    this.#idle.push(this.#make());
  }

  /** A unit for one call; waits where all are in use. */
  async take(signal: AbortSignal): Promise<Unit> {
    for (;;) {
      if (this.#most > 0 && this.#inUse >= this.#most) await this.#turn(signal);
      else if (this.#memory.isFull) await this.#memory.change(signal);
      else break;
    }
    const unit = this.#idle.pop() ?? this.#make();
    this.#inUse++;
    unit.uses++;
    this.#memory.note(unit);
    return unit;
  }

  /** The unit's call has begun, and may have grown its memories before it waited for something. Throws when that was more than it may. */
  begun(unit: Unit): void {
    this.#memory.note(unit);
    if (unit.excess !== undefined) throw new Error(unit.excess);
  }

  /** `isFit`: the call came to its end, so that the unit may be used again. */
  giveBack(unit: Unit, isFit: boolean): void {
    this.#inUse--;
    this.#memory.leave(unit);
    if (isFit && this.#mayStay(unit)) this.#idle.push(unit);
    // what it waits for will not come: timers and requests end with it
    else unit.tidy();
    this.#waiting.shift()?.resolve();
  }

  #mayStay(unit: Unit): boolean {
    if (this.#maxInvocations > 0 && unit.uses >= this.#maxInvocations) return false;
    if (!this.#isIsolated) return unit.tidy();
    return unit.restore() && this.#idle.length < idleUnits;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    const giveUp = () => waiting.reject(new Error("the call was given up"));
    this.#waiting.push(waiting);
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      await waiting.promise;
    } catch (error) {
      const at = this.#waiting.indexOf(waiting);
      if (at >= 0) this.#waiting.splice(at, 1);
      throw error;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }
}
