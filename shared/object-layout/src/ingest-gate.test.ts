import { describe, expect, test } from "vitest";
import { ingestBytes, IngestGate } from "./ingest-gate.ts";

describe("what is on its way on one connection", () => {
  test("is bounded; who waits is served in turn", () => {
    const gate = new IngestGate();
    const served: string[] = [];
    expect(gate.take(ingestBytes, () => {})).toBe(true);
    expect(gate.take(10, () => void served.push("first"))).toBe(false);
    expect(gate.take(20, () => void served.push("second"))).toBe(false);
    gate.release(10);
    expect(served).toEqual(["first"]);
    gate.release(10);
    // nobody passes who came later, however small
    expect(gate.take(1, () => void served.push("third"))).toBe(false);
    gate.release(10);
    expect(served).toEqual(["first", "second"]);
    gate.release(1);
    expect(served).toEqual(["first", "second", "third"]);
    expect(gate.inFlight).toBeLessThanOrEqual(ingestBytes);
  });

  test("may be one chunk that is larger than the bound", () => {
    const gate = new IngestGate();
    expect(gate.take(ingestBytes * 2, () => {})).toBe(true);
  });

  test("comes back to nothing", () => {
    const gate = new IngestGate();
    gate.take(5, () => {});
    gate.release(5);
    expect(gate.inFlight).toBe(0);
  });
});
