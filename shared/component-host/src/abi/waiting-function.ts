import { type CoreSignature, waitingModule } from "../core-module/waiting-module.ts";
import { type CoreValue, webAssembly } from "../web-assembly.ts";

type Answer = CoreValue | undefined;

/**
 * A core function for a guest to import. It answers with what `call` answers; a promise suspends the guest until it is settled.
 * `WebAssembly.Suspending` alone would do that too, but such an import can only be called under `WebAssembly.promising`, and costs ten
 * plain calls even when nothing waits.
 */
export function waitingFunction(
  signature: CoreSignature,
  call: (...flat: CoreValue[]) => Answer | Promise<Answer>,
): unknown {
  let pending: Promise<Answer> | undefined;
  const none = signature.result === "i64" ? 0n : 0;
  const begin = (...flat: CoreValue[]): Answer => {
    const answer = call(...flat);
    if (!(answer instanceof Promise)) return answer;
    // where the guest cannot be suspended, nobody hears of its failure
    answer.catch(() => undefined);
    pending = answer;
    mustWait.value = 1;
    return none;
  };
  const wait = new webAssembly.Suspending(() => {
    const answer = pending;
    pending = undefined;
    return answer;
  });
  const instance = new webAssembly.Instance(waitingModule(signature), { "": { begin, wait, mustWait } });
  return instance.exports["call"];
}

/** Set by a host function, and looked at and cleared by the core function that called it before anything else runs: one does for all. */
const mustWait = new webAssembly.Global({ value: "i32", mutable: true }, 0);
