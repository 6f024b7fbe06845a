import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { parseCpuMs, parseMiB, readProcess } from "./processes.ts";
import { added, parseRoundTrips, totalOf } from "./round-trips.ts";

describe("/proc", () => {
  test("gives CPU time of a process whose name holds blanks and parentheses", () => {
    const stat = `12 (a (b) c) S ${Array.from({ length: 49 }, (_, i) => i + 4).join(" ")}`;
    // fields 14 and 15, in hundredths of a second
    expect(parseCpuMs(stat)).toBe((14 + 15) * 10);
  });

  test("gives sizes in MiB", () => {
    expect(parseMiB("VmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\n", "VmRSS")).toBe(1);
    expect(parseMiB("", "VmRSS")).toBe(0);
  });

  test("is readable for this process", async () => {
    const { cpuMs, rssMiB, peakRssMiB } = await readProcess(process.pid);
    expect(cpuMs).toBeGreaterThan(0);
    expect(peakRssMiB).toBeGreaterThanOrEqual(rssMiB);
  });
});

test("a process is measured with its children", async () => {
  const burn = "while (process.cpuUsage().user < 200_000); console.log(0); process.stdin.resume();";
  const before = await readProcess(process.pid);
  const child = spawn(process.execPath, ["-e", burn]);
  await once(child.stdout, "data");
  const after = await readProcess(process.pid);
  child.kill();
  expect(after.cpuMs - before.cpuMs).toBeGreaterThanOrEqual(100);
  expect(after.rssMiB - before.rssMiB).toBeGreaterThan(20);
});

describe("round trips", () => {
  const before = parseRoundTrips(
    'holdfast_nats_round_trips_total{operation="jetstream/publish"} 10\nother{operation="x"} 3',
  );
  const after = parseRoundTrips(
    'holdfast_nats_round_trips_total{operation="jetstream/publish"} 30\nholdfast_nats_round_trips_total{operation="a/B"} 10',
  );
  test("are read from Prometheus' text", () => {
    expect(before).toEqual({ "jetstream/publish": 10 });
  });
  test("are what was added, by operation and per operation", () => {
    const per = added(before, after, 10);
    expect(per).toEqual({ "jetstream/publish": 2, "a/B": 1 });
    expect(totalOf(per)).toBe(3);
  });
});
