import { trace } from "@opentelemetry/api";
import { describe, expect, test, vi } from "vitest";
import { extractTrace, injectTrace, startTelemetry, tracingEnabled, withSpan } from "./telemetry.ts";

describe("tracing without an endpoint", () => {
  test("makes no span, reads and writes no header, and gives back what the work gave", async () => {
    const telemetry = await startTelemetry("test", undefined);
    const makeTracer = vi.spyOn(trace, "getTracer");
    const write = vi.fn<(name: string, value: string) => void>();
    const read = vi.fn<(name: string) => string>(() => `00-${"1".repeat(32)}-${"2".repeat(16)}-01`);
    const answer = await withSpan("test/Work", async (span) => {
      injectTrace({ set: write });
      return [span, trace.getActiveSpan(), extractTrace({ get: read })];
    });
    expect(answer).toEqual([undefined, undefined, undefined]);
    expect([makeTracer, write, read].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
    expect(tracingEnabled()).toBe(false);
    await telemetry.stop();
  });

  test("lets an error through as it is", async () => {
    const error = new Error("as it is");
    await expect(withSpan("test/Work", () => Promise.reject(error))).rejects.toBe(error);
  });
});
