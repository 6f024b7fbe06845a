import { describe, expect, test } from "vitest";
import { type SharedCall, shareCalls } from "./shared-calls.ts";

function pendingRuns() {
  const calls: (SharedCall<number> & PromiseWithResolvers<string>)[] = [];
  const run = (call: SharedCall<number>) => {
    const settle = Promise.withResolvers<string>();
    calls.push({ ...call, ...settle });
    return settle.promise;
  };
  return { calls, run };
}

describe("shareCalls", () => {
  test("runs once for all who ask while it runs, and anew for who comes after", async () => {
    const share = shareCalls<string, number>();
    const { calls, run } = pendingRuns();
    const both = Promise.all([share("a", run), share("a", run)]);
    calls[0]?.resolve("first");
    expect(await both).toEqual(["first", "first"]);
    const later = share("a", run);
    calls[1]?.resolve("second");
    expect(await later).toBe("second");
  });

  test("keeps keys apart", async () => {
    const share = shareCalls<string, number>();
    const { calls, run } = pendingRuns();
    const both = Promise.all([share("a", run), share("b", run)]);
    calls[1]?.resolve("b");
    calls[0]?.resolve("a");
    expect(await both).toEqual(["a", "b"]);
  });

  test("lets one give up alone; the run ends with the last", async () => {
    const share = shareCalls<string, number>();
    const { calls, run } = pendingRuns();
    const first = new AbortController();
    const second = new AbortController();
    const one = share("a", run, { signal: first.signal });
    const other = share("a", run, { signal: second.signal });
    first.abort();
    await expect(one).rejects.toMatchObject({ code: "Aborted" });
    expect(calls[0]?.signal.aborted).toBe(false);
    second.abort();
    await expect(other).rejects.toMatchObject({ code: "Aborted" });
    expect(calls[0]?.signal.aborted).toBe(true);
    const anew = share("a", run);
    calls[1]?.resolve("anew");
    calls[0]?.reject(new Error("too late to matter"));
    expect(await anew).toBe("anew");
  });

  test("tells all who listen, each as long as it waits", async () => {
    const share = shareCalls<string, number>();
    const { calls, run } = pendingRuns();
    const heard: string[] = [];
    const gone = new AbortController();
    const one = share("a", run, { listener: (n) => void heard.push(`one ${n}`), signal: gone.signal });
    const other = share("a", run, { listener: (n) => void heard.push(`other ${n}`) });
    calls[0]?.tell(1);
    gone.abort();
    await expect(one).rejects.toMatchObject({ code: "Aborted" });
    calls[0]?.tell(2);
    calls[0]?.resolve("done");
    await other;
    expect(heard).toEqual(["one 1", "other 1", "other 2"]);
  });

  test("fails for all alike", async () => {
    const share = shareCalls<string, number>();
    const { calls, run } = pendingRuns();
    const both = Promise.allSettled([share("a", run), share("a", run)]);
    calls[0]?.reject(new Error("no"));
    expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});
