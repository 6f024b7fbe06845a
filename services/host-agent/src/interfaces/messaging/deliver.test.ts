import { createLogger } from "@holdfast/runtime";
import { describe, expect, test } from "vitest";
import type { BrokerMessage } from "./bus.ts";
import { createDelivery } from "./deliver.ts";

const message = (subject: string, bytes = 1): BrokerMessage => ({ subject, body: new Uint8Array(bytes) });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A handler whose calls end when they are told to. */
function setUp(limits: { inFlight: number; queued: number; queuedBytes: number }) {
  const lines: string[] = [];
  const log = createLogger("host-agent", "warn", { write: (line) => void lines.push(line) });
  const calls: { subject: string; end: () => void; fail: (error: Error) => void }[] = [];
  const delivery = createDelivery(
    ({ subject }) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      calls.push({ subject, end: resolve, fail: reject });
      return promise;
    },
    log,
    limits,
  );
  return { delivery, calls, lines, subjects: () => calls.map(({ subject }) => subject) };
}

describe("messages to a handler", () => {
  test("run so many at once, the others wait in order", async () => {
    const { delivery, calls, subjects } = setUp({ inFlight: 2, queued: 10, queuedBytes: 100 });
    for (const subject of ["a", "b", "c", "d"]) delivery.accept(message(subject));
    expect(subjects()).toEqual(["a", "b"]);
    calls[1]?.end();
    await turn();
    expect(subjects()).toEqual(["a", "b", "c"]);
    calls[0]?.end();
    calls[2]?.end();
    await turn();
    expect(subjects()).toEqual(["a", "b", "c", "d"]);
  });

  test.for([
    ["messages", { inFlight: 1, queued: 2, queuedBytes: 1_000 }],
    ["bytes", { inFlight: 1, queued: 100, queuedBytes: 20 }],
  ] as const)("are dropped beyond a number of %s, which is said once", async ([, limits]) => {
    const { delivery, calls, lines, subjects } = setUp(limits);
    for (let i = 0; i < 50; i++) delivery.accept(message(`m${i}`, 10));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("dropped");
    for (let i = 0; i < 3; i++) {
      calls[i]?.end();
      await turn();
    }
    expect(subjects()).toEqual(["m0", "m1", "m2"]);
  });

  test("that fail are logged with the reason, and make room", async () => {
    const { delivery, calls, lines, subjects } = setUp({ inFlight: 1, queued: 10, queuedBytes: 100 });
    delivery.accept(message("bad"));
    delivery.accept(message("good"));
    calls[0]?.fail(new Error("no"));
    await turn();
    expect(subjects()).toEqual(["bad", "good"]);
    expect(lines.join("")).toMatch(/bad.*no/);
  });

  test("that fail one after the other are logged once, with how many they are", async () => {
    const { delivery, calls, lines } = setUp({ inFlight: 1, queued: 100, queuedBytes: 100 });
    for (let i = 0; i < 50; i++) delivery.accept(message(`m${i}`));
    for (let i = 0; i < 50; i++) {
      calls[i]?.fail(new Error("no"));
      await turn();
    }
    expect(calls).toHaveLength(50);
    expect(lines).toHaveLength(1);
  });

  test("that wait are forgotten when it stops, and no more are taken", async () => {
    const { delivery, calls, subjects } = setUp({ inFlight: 1, queued: 10, queuedBytes: 100 });
    delivery.accept(message("a"));
    delivery.accept(message("b"));
    delivery.stop();
    delivery.accept(message("c"));
    calls[0]?.end();
    await turn();
    expect(subjects()).toEqual(["a"]);
  });
});
