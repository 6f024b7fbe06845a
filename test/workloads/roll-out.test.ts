/** Three replicas on three hosts: new versions, draining and dying hosts while requests go on. Real processes, killed for real. */
import { readFile } from "node:fs/promises";
import { buildGuest } from "@holdfast/guests";
import { waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callHost, deployment, type Platform, startPlatform } from "./platform.ts";

/** As long as the text of the guest: it lies in its memory. */
const texts = { v1: "hello from component\n", v2: "hello from version 2\n" };
const images: Record<keyof typeof texts, string> = { v1: "", v2: "" };

async function makeVersion(version: keyof typeof texts): Promise<Uint8Array> {
  const source = await readFile(new URL("../../shared/guests/guests/http-hello.wat", import.meta.url), "utf8");
  const [, wit = ""] = /\(; wit\n(.*?);\)/s.exec(source) ?? [];
  const text = source.replace("hello from component\\n", texts[version].replace("\n", "\\n"));
  return buildGuest(`hello-${version}`, { language: "core-wat", text, wit });
}

let platform: Platform;
beforeAll(async () => {
  // heartbeats come every 15 s; a minute of silence would be the default
  const env = { HOLDFAST_SCHEDULER_HOST_SILENT_AFTER: "17s", HOLDFAST_SCHEDULER_HOST_GONE_AFTER: "20s" };
  platform = await startPlatform(3, env);
  for (const version of ["v1", "v2"] as const) {
    images[version] = await platform.push(`${version}.wasm`, await makeVersion(version));
  }
  await platform.apply(deployment("hello", images.v1, 3));
  await platform.rolledOut("hello");
}, 180_000);
afterAll(() => platform[Symbol.asyncDispose]());

/** What a load balancer in front of the hosts does: the next host when one has no replica, is gone or says 503. */
async function callAny(turn: number): Promise<string> {
  const { hosts } = platform.mesh;
  let last = "no host";
  for (let i = 0; i < hosts.length; i++) {
    const host = hosts[(turn + i) % hosts.length];
    const answer = await callHost(host?.http ?? "", "hello").catch((error: unknown) => ({
      status: 0,
      body: String(error),
    }));
    if (answer.status === 200) return answer.body;
    last = `${answer.status} ${answer.body}`;
    if (answer.status !== 0 && answer.status !== 421 && answer.status !== 503) break;
  }
  throw new Error(last);
}

/** Requests without a pause while `work` runs; what failed of them. */
async function underLoad(work: () => Promise<void>): Promise<{ requests: number; failures: string[] }> {
  const failures: string[] = [];
  let requests = 0;
  const over = new AbortController();
  const callers = Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted) await callAny(requests++).catch((error: unknown) => failures.push(String(error)));
  });
  try {
    await work();
  } finally {
    over.abort();
    await Promise.all(callers);
  }
  return { requests, failures };
}

describe("a deployment of three replicas on three hosts", () => {
  test("is spread, and every host answers", async () => {
    const ids = platform.mesh.hosts.map(({ id }) => id).toSorted();
    expect((await platform.hostsOf("hello")).toSorted()).toEqual(ids);
    for (const { http } of platform.mesh.hosts) {
      expect(await callHost(http, "hello")).toMatchObject({ status: 200, body: texts.v1 });
    }
  });

  test("rolls out a new version, and back, without a failed request", async () => {
    const out = await underLoad(async () => {
      await platform.apply(deployment("hello", images.v2, 3));
      await platform.rolledOut("hello");
    });
    expect(out.failures).toEqual([]);
    expect(out.requests).toBeGreaterThan(0);
    expect(await callAny(0)).toBe(texts.v2);
    const back = await underLoad(async () => {
      await platform.scheduler.Rollback({ name: "hello" });
      await platform.rolledOut("hello");
    });
    expect(back.failures).toEqual([]);
    expect(await callAny(0)).toBe(texts.v1);
  });

  test("leaves a host that drains within 5 s, without a failed request", async () => {
    const [drained] = platform.mesh.hosts;
    if (drained === undefined) throw new Error("no host");
    const { failures } = await underLoad(async () => {
      await platform.scheduler.DrainHost({ hostId: drained.id });
      const hasMoved = async () => {
        const hosts = await platform.hostsOf("hello");
        return hosts.length === 3 && !hosts.includes(drained.id);
      };
      await waitFor(hasMoved, { timeoutMs: 5_000, intervalMs: 50, what: "three replicas elsewhere" });
    });
    expect(failures).toEqual([]);
    await platform.scheduler.DrainHost({ hostId: drained.id, isDraining: false });
  });

  test("gets back what a killed host ran, on other hosts", async () => {
    const victim = platform.mesh.processes.findLast(({ service }) => service === "host-agent");
    const id = platform.mesh.hosts.at(-1)?.id;
    await platform.mesh.kill("host-agent", victim?.index ?? 0);
    const isReplaced = async () => {
      const hosts = await platform.hostsOf("hello");
      return hosts.length === 3 && id !== undefined && !hosts.includes(id);
    };
    const { failures } = await underLoad(async () => {
      await waitFor(isReplaced, { timeoutMs: 75_000, intervalMs: 100, what: "three replicas on two hosts" });
    });
    // two other hosts had a replica all the time
    expect(failures).toEqual([]);
  });
});
