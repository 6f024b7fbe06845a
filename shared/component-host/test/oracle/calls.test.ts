import { buildGuestFile } from "@holdfast/guests";
import { beforeAll, describe, expect, test } from "vitest";
import { suspending, Trap } from "../../src/index.ts";
import { callGuest } from "./call-guest.ts";
import { buildTimeoutMs, type Functions, jco, jcoWith, ours, type Subject } from "./subject.ts";

const host: Functions = { plain: (n) => n, fallible: (n) => n, wait: (n) => n };

async function start(subject: Subject, functions: Functions = {}): Promise<Functions> {
  const imports = { "holdfast:guests/host": { ...host, ...functions } };
  return (await subject.start(await buildGuestFile("calls", callGuest), imports)) as Functions;
}

describe.for([ours, jco])("a call under $name", (subject) => {
  beforeAll(() => start(subject), buildTimeoutMs);

  test("gives the guest its result back once it was read, once for each call", async () => {
    const call = await start(subject);
    expect(call["text"]?.()).toBe("a text");
    expect(call["textsReturned"]?.()).toBe(1);
    expect(call["lastReturned"]?.()).toBe(0);
    expect(call["text"]?.()).toBe("\0".repeat(6));
    expect(call["textsReturned"]?.()).toBe(2);
  });

  test("hands on what a host function throws, which is the end of the instance", async () => {
    const problem = new Error("the host has a problem");
    const plain = () => {
      throw problem;
    };
    const call = await start(subject, { plain });
    expect(() => call["callPlain"]?.(1)).toThrow("the host has a problem");
    expect(() => call["callPlain"]?.(1)).toThrow(Error);
  });

  test("gives the guest the err of a host function that has a result", async () => {
    const fallible = (n: unknown) => {
      if (n === 0) throw subject.failure("none left");
      return n;
    };
    const call = await start(subject, { fallible });
    expect(call["callFallible"]?.(3)).toBe("a t");
    expect(() => call["callFallible"]?.(0)).toThrow(expect.objectContaining({ payload: "none left" }));
    expect(call["callFallible"]?.(6)).toBe("a text");
  });

  test("that trapped was the instance's last", async () => {
    const call = await start(subject);
    expect(() => call["trap"]?.()).toThrow(Error);
    expect(() => call["text"]?.()).toThrow(Error);
  });
});

// jco 1.35 lets these pass
describe("a call under our linker alone", () => {
  test("cannot be begun within another of the same instance", async () => {
    const calls: Functions[] = [];
    const plain = () => calls[0]?.["take"]?.("again");
    const call = await start(ours, { plain });
    calls.push(call);
    expect(() => call["callPlain"]?.(1)).toThrow(Trap);
  });

  test("that trapped while the host wrote its arguments was the instance's last", async () => {
    const call = await start(ours);
    call["refuseMemory"]?.();
    expect(() => call["take"]?.("a text that needs room")).toThrow(Trap);
    expect(() => call["text"]?.()).toThrow(Trap);
  });
});

const jcoThatWaits = jcoWith({ asyncImports: ["holdfast:guests/host#wait"], asyncExports: ["call-wait"] });

describe.for([ours, jcoThatWaits])("a call that waits for the host, under $name", (subject) => {
  beforeAll(() => start(subject), buildTimeoutMs);

  test("goes on where it was, with its memory grown meanwhile", async () => {
    const steps: string[] = [];
    const wait = subject.waiting(async (n) => {
      await new Promise(setImmediate);
      steps.push("the host is done");
      return n;
    });
    const call = await start(subject, { wait });
    const text = "grüße 🦀";
    const answer = call["callWait"]?.(text);
    expect(answer).toBeInstanceOf(Promise);
    steps.push("the caller has a promise");
    expect(await answer).toBe(text);
    expect(steps).toEqual(["the caller has a promise", "the host is done"]);
  });

  test("is over soon when the host need not wait", async () => {
    const call = await start(subject, { wait: subject.waiting((n) => n) });
    expect(await call["callWait"]?.("at once")).toBe("at once");
  });
});

describe("a call that waits for the host, under our linker alone", () => {
  test("keeps the instance to itself until it is done", async () => {
    let finish = (_n: number): void => undefined;
    const wait = suspending(() => new Promise<number>((resolve) => (finish = resolve)));
    const call = await start(ours, { wait });
    const first = call["callWait"]?.("first");
    await expect(Promise.resolve().then(() => call["callWait"]?.("second"))).rejects.toThrow(Trap);
    finish(0);
    expect(await first).toBe("first");
    const third = call["callWait"]?.("third");
    finish(0);
    expect(await third).toBe("third");
  });

  test("is the instance's last when the promise was rejected", async () => {
    const call = await start(ours, { wait: suspending(() => Promise.reject(new Error("gone away"))) });
    await expect(call["callWait"]?.("text")).rejects.toThrow("gone away");
    await expect(Promise.resolve().then(() => call["text"]?.())).rejects.toThrow(Trap);
  });
});
