import { commonConfig, ConfigError } from "@holdfast/runtime";
import { describe, expect, test } from "vitest";
import { config } from "./config.ts";
import { edgeProcesses, shareOf } from "./share.ts";

const mib = 1024 ** 2;
const configOf = (env: Record<string, string>) => commonConfig.extend(config.shape).parse(env);

describe("the share of one process", () => {
  test("is everything when there is one", () => {
    const alone = configOf({ HOLDFAST_EDGE_PROCESSES: "1" });
    expect(shareOf(alone)).toEqual(alone);
  });

  test.for([2, 3, 7, 64])("times %i is no more than the limits of the edge", (processes) => {
    const whole = configOf({ HOLDFAST_EDGE_PROCESSES: String(processes) });
    const share = shareOf(whole);
    for (const name of [
      "HOLDFAST_BYTES_IN_FLIGHT",
      "HOLDFAST_CACHE_BYTES",
      "HOLDFAST_MAX_REQUESTS",
      "HOLDFAST_MAX_CONNECTIONS",
    ] as const) {
      expect(share[name] * processes, name).toBeLessThanOrEqual(whole[name]);
      expect(share[name] * processes, name).toBeGreaterThan(whole[name] - processes);
    }
    expect(share.HOLDFAST_WINDOW_BYTES).toBe(whole.HOLDFAST_WINDOW_BYTES);
  });

  test("is refused, with what to set, when it cannot carry anything", () => {
    const env = { HOLDFAST_EDGE_PROCESSES: "4", HOLDFAST_BYTES_IN_FLIGHT: String(16 * mib) };
    expect(() => edgeProcesses(configOf(env))).toThrow(ConfigError);
    expect(() => edgeProcesses(configOf(env))).toThrow(
      `HOLDFAST_BYTES_IN_FLIGHT: ${16 * mib} are too few for 4 processes; set at least ${32 * mib}, or lower HOLDFAST_EDGE_PROCESSES`,
    );
    expect(edgeProcesses(configOf({ ...env, HOLDFAST_EDGE_PROCESSES: "2" }))).toBe(2);
  });
});
