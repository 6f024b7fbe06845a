import type { CompiledComponent } from "../compile.ts";
import type { Linker } from "./linker.ts";
import { type CoreSnapshot, StateCopy } from "./snapshot.ts";

/** Copying so much before a call costs less than making the call one that can be suspended. */
const maxCopiedBytes = 128 * 1024;

/** Takes back what a call changed in an instance, wherever that call ended. */
export class WayBack {
  /** Without a function to wait in, calls are synchronous anyway. */
  readonly maySuspend: boolean;
  readonly #linker: Linker;
  readonly #isRestorable: boolean;
  readonly #mayCopy: boolean;
  #snapshot: CoreSnapshot | undefined;
  #callsAtSnapshot = 0;
  #copy: StateCopy | undefined;

  constructor(linker: Linker, { isRestorable, mayGrow }: CompiledComponent, memoryBytes: number) {
    this.#linker = linker;
    this.#isRestorable = isRestorable;
    this.maySuspend = linker.states.some((state) => state.maySuspend);
    this.#mayCopy = !mayGrow && memoryBytes <= maxCopiedBytes;
  }

  /** The instance is as it was when the snapshot was taken. */
  isAt(snapshot: CoreSnapshot): void {
    this.#snapshot = snapshot;
    this.#callsAtSnapshot = this.#linker.shared.calls;
  }

  /** Whether everything that a call changes could be taken back. What stands behind a handle could not. */
  get isOpen(): boolean {
    const { shared, states } = this.#linker;
    if (!this.#isRestorable || shared.trapped !== undefined || shared.activeCalls > 0) return false;
    if (states.some((state) => state.handles.live > 0)) return false;
    return this.#mayCopy || this.#isAtSnapshot;
  }

  get #isAtSnapshot(): boolean {
    return this.#snapshot !== undefined && this.#linker.shared.calls === this.#callsAtSnapshot;
  }

  begin(): void {
    this.#linker.shared.isInAttempt = true;
    if (this.#isAtSnapshot) return;
    this.#snapshot = undefined;
    this.#copy ??= new StateCopy(this.#linker);
    this.#copy.take();
  }

  end(): void {
    this.#linker.shared.isInAttempt = false;
  }

  /** After {@link end}. An instance whose memory grew stays as it is: trapped. */
  takeBack(): void {
    const { shared, states } = this.#linker;
    for (const state of states) state.abandon();
    // nothing is disposed: that would call the guest in the middle of a call
    if (this.#snapshot?.restore(() => undefined) === false) return;
    if (this.#snapshot === undefined) this.#copy?.restore();
    shared.trapped = undefined;
    shared.activeCalls = 0;
    this.#callsAtSnapshot = shared.calls;
  }
}
