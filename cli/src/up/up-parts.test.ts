import { describe, expect, test } from "vitest";
import { backOff, pause } from "./back-off.ts";
import { renderEnvironment } from "./environment-file.ts";

describe("the environment file", () => {
  test("exports what AWS tools read", () => {
    const text = renderEnvironment(
      { accessKeyId: "AK", secretAccessKey: "s/e+c" },
      "us-east-1",
      "http://127.0.0.1:9000",
    );
    expect(text.trim().split("\n").slice(1)).toEqual([
      "export AWS_ACCESS_KEY_ID=AK",
      "export AWS_SECRET_ACCESS_KEY=s/e+c",
      "export AWS_REGION=us-east-1",
      "export AWS_DEFAULT_REGION=us-east-1",
      "export AWS_ENDPOINT_URL=http://127.0.0.1:9000",
    ]);
  });

  test("quotes what a shell would read as something else", () => {
    const text = renderEnvironment({ accessKeyId: "A$K", secretAccessKey: "it's `x`" }, "r", "e");
    expect(text).toContain("AWS_ACCESS_KEY_ID='A$K'");
    expect(text).toContain("AWS_SECRET_ACCESS_KEY='it'\\''s `x`'");
  });
});

describe("the wait before a service is started again", () => {
  test("doubles up to 30 seconds, and begins anew after a quiet minute", () => {
    let now = 0;
    const delays = backOff(() => now);
    const next = () => {
      const delay = delays.next();
      now += delay;
      return delay;
    };
    expect(Array.from({ length: 9 }, next)).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    now += 60_001;
    expect(next()).toBe(250);
  });
});

describe("a pause", () => {
  test("ends early when its signal is aborted, also when that was before", async () => {
    const wake = new AbortController();
    const paused = pause(60_000, wake.signal);
    wake.abort();
    await expect(paused).resolves.toBeUndefined();
    await expect(pause(60_000, wake.signal)).resolves.toBeUndefined();
  });
});
