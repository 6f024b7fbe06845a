import { attempts } from "../repeatable.ts";
import type { ComponentInstance } from "./instance.ts";

/**
 * Runs `call`, in which exports of these instances answer at once, and not with a promise. Undefined when that is not possible
 * or turned out not to be: a guest had to wait, or to do something that can not be taken back (see `repeatable`). Then nothing
 * of the attempt has been seen outside, and the instances are as before it; one whose memory grew is `trapped` instead. The same call is to
 * be made again without an attempt, with new host objects for its arguments. What `call` itself throws is thrown.
 */
export function attempt<T>(instances: readonly ComponentInstance[], call: () => T): { readonly value: T } | undefined {
  if (attempts.isUnderWay || !instances.every(isOpen) || !instances.some(maySuspend)) return undefined;
  for (const { wayBack } of instances) wayBack.begin();
  attempts.isUnderWay = true;
  attempts.isVoid = false;
  try {
    const value = call();
    if (!attempts.isVoid) return { value };
  } catch (thrown) {
    if (!attempts.isVoid) throw thrown;
  } finally {
    attempts.isUnderWay = false;
    for (const { wayBack } of instances) wayBack.end();
  }
  for (const { wayBack } of instances) wayBack.takeBack();
  return undefined;
}

const isOpen = ({ wayBack }: ComponentInstance) => wayBack.isOpen;
const maySuspend = ({ wayBack }: ComponentInstance) => wayBack.maySuspend;
