import { describe, expect, test } from "vitest";
import { WorkloadCallFailed } from "../plugin.ts";
import { Calls } from "./calls.ts";

const calls = (callTimeoutMs = 10_000) => new Calls({ maxCalls: 1, maxQueue: 1, callTimeoutMs });
const scope = (signal = new AbortController().signal) => ({ signal, traceparent: undefined });
const aborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener("abort", resolve));

describe("a call of a workload", () => {
  test("is aborted when its caller gives up, until it has left", async () => {
    const caller = new AbortController();
    const all = calls();
    const call = await all.enter("c", scope(caller.signal));
    const ended = aborted(call.scope.signal);
    caller.abort();
    await ended;
    call.leave();
    const second = await all.enter("c", scope());
    expect(second.scope.signal.aborted).toBe(false);
    second.leave();
  });

  test("is aborted when its time is up, and fails as timeout", async () => {
    const call = await calls(20).enter("c", scope());
    await aborted(call.scope.signal);
    expect(call.failed(new WorkloadCallFailed("trapped", "ended"))).toMatchObject({
      code: "timeout",
      message: "no answer within 0.02 s",
    });
    call.leave();
  });

  test("may take as long as it takes once its time was ended", async () => {
    const call = await calls(20).enter("c", scope());
    call.endTime();
    await new Promise((wake) => setTimeout(wake, 60));
    expect(call.scope.signal.aborted).toBe(false);
    call.leave();
  });

  test("that fails is counted for its component", async () => {
    const all = calls();
    const call = await all.enter("c", scope());
    const error = new WorkloadCallFailed("trapped", "it trapped");
    expect(call.failed(error)).toBe(error);
    expect([all.countsOf("c").failures, all.countsOf("d").failures]).toEqual([1, 0]);
    call.leave();
  });

  test("of a caller that is gone already does not wait", async () => {
    const all = calls();
    const first = await all.enter("c", scope());
    await expect(all.enter("c", scope(AbortSignal.abort()))).rejects.toMatchObject({ code: "timeout" });
    first.leave();
  });
});
