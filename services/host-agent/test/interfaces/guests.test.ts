/** Real components on the interfaces' bindings and backends. */
import { randomBytes } from "node:crypto";
import { startMesh, temporaryFolder, type TestMesh } from "@holdfast/testkit";
import { Objm } from "@nats-io/obj";
import type { NatsConnection } from "@nats-io/nats-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blobStorePlugin } from "../../src/interfaces/blobstore/plugin.ts";
import { configPlugin } from "../../src/interfaces/config/plugin.ts";
import { keyValuePlugin } from "../../src/interfaces/keyvalue/plugin.ts";
import { loggingPlugin } from "../../src/interfaces/logging/plugin.ts";
import type { HostPlugin } from "../../src/plugin.ts";
import { type Entry, linkGuest, startPlugin } from "./linked.ts";

const stack = new AsyncDisposableStack();
let mesh: TestMesh;
let nc: NatsConnection;
let folder: string;

beforeAll(async () => {
  mesh = stack.use(await startMesh({ edges: 0, auth: 0, multipart: 0 }));
  nc = await mesh.connectAdmin();
  folder = stack.use(await temporaryFolder()).path;
});
afterAll(() => stack.disposeAsync());

const started = (plugin: HostPlugin) => startPlugin(plugin, nc, folder);
const backends: Entry[][] = [[{}], [{ config: { backend: "memory" } }], [{ config: { backend: "filesystem" } }]];

describe("a component on wasi:keyvalue", () => {
  test.for(backends)("sets, gets, lists, deletes and counts, with %j", async ([entry = {}]) => {
    const { http } = await linkGuest("http-keyvalue", [[await started(keyValuePlugin()), [entry]]]);
    expect(await http("GET", "/bucket/none")).toMatchObject({ status: 404 });
    expect((await http("PUT", "/bucket/key", "value")).status).toBeLessThan(300);
    expect(await http("GET", "/bucket/key")).toMatchObject({ status: 200, text: "value" });
    expect(await http("POST", "/bucket/count")).toMatchObject({ text: expect.stringMatching(/^1\s*$/) });
    expect(await http("POST", "/bucket/count")).toMatchObject({ text: expect.stringMatching(/^2\s*$/) });
    expect((await http("GET", "/bucket")).text.trim().split("\n").toSorted()).toEqual(["count", "key"]);
    await http("DELETE", "/bucket/key");
    expect(await http("GET", "/bucket/key")).toMatchObject({ status: 404 });
  });

  test("gets the interface's own errors", async () => {
    const { http } = await linkGuest("http-keyvalue", [[await started(keyValuePlugin()), [{}]]]);
    expect(await http("GET", "/holdfast-auth/root")).toMatchObject({ status: 500, text: "access-denied" });
    expect(await http("GET", "/not.a.bucket/x")).toMatchObject({ status: 500, text: "no-such-store" });
    expect(await http("GET", `/bucket/${"k".repeat(1_025)}`)).toMatchObject({
      status: 500,
      text: expect.stringContaining("1025 bytes"),
    });
  });

  test("opens several backends by the names of their entries", async () => {
    const entries = [
      { name: "cache", config: { backend: "memory" } },
      { name: "durable", config: { bucket: "guests-durable" } },
    ];
    const { http } = await linkGuest("http-keyvalue", [[await started(keyValuePlugin()), entries]]);
    await http("PUT", "/cache/k", "in memory");
    await http("PUT", "/durable/k", "in NATS");
    expect((await http("GET", "/cache/k")).text).toBe("in memory");
    expect((await http("GET", "/durable/k")).text).toBe("in NATS");
    expect(await http("GET", "/other/k")).toMatchObject({ status: 500, text: "no-such-store" });
  });

  test.for([
    [[{ config: { backend: "oracle" } }], /no backend "oracle"; this host has nats, memory/],
    [[{ config: { backend: "redis" } }], /needs config.url/],
    [[{}, {}], /each needs a name/],
  ] as const)("does not start with %j", async ([entries, message]) => {
    await expect(linkGuest("http-keyvalue", [[await started(keyValuePlugin()), [...entries]]])).rejects.toThrow(
      message,
    );
  });
});

describe("a component on wasi:blobstore", () => {
  test.for(backends)("writes, reads, lists and deletes objects, with %j", async ([entry = {}]) => {
    const { http } = await linkGuest("http-blobstore", [[await started(blobStorePlugin()), [entry]]]);
    const large = randomBytes(700_000);
    expect(await http("GET", "/guest-objects/none")).not.toMatchObject({ status: 200 });
    expect((await http("PUT", "/guest-objects/small", "0123456789")).status).toBeLessThan(300);
    expect((await http("PUT", "/guest-objects/large", large)).status).toBeLessThan(300);
    expect(await http("GET", "/guest-objects/small")).toMatchObject({ status: 200, text: "0123456789" });
    expect((await http("GET", "/guest-objects/large")).bytes.equals(large)).toBe(true);
    expect((await http("GET", "/guest-objects/small?2-4")).text).toBe("234");
    expect((await http("GET", "/guest-objects")).text.trim().split("\n")).toEqual(["large", "small"]);
    await http("DELETE", "/guest-objects/small");
    expect(await http("GET", "/guest-objects/small")).toMatchObject({ status: 404 });
    expect((await http("DELETE", "/guest-objects")).status).toBeLessThan(300);
  });

  test("sees what others put into the bucket, and they see what it writes", async () => {
    const store = await new Objm(nc).create("uploads");
    await store.putBlob({ name: "from-outside" }, Buffer.from("hello component"));
    const { http } = await linkGuest("http-blobstore", [
      [await started(blobStorePlugin()), [{ config: { buckets: "uploads" } }]],
    ]);
    expect((await http("GET", "/uploads/from-outside")).text).toBe("hello component");
    await http("PUT", "/uploads/from-component", "hello outside");
    expect(Buffer.from((await store.getBlob("from-component")) ?? []).toString()).toBe("hello outside");
    expect(await http("GET", "/elsewhere/x"), "not in the list, so not there").toMatchObject({ status: 404 });
  });
});

describe("a component on wasi:config and wasi:logging", () => {
  const link = async (entries: Entry[], config: Record<string, string>) =>
    linkGuest(
      "http-config",
      [
        [await started(configPlugin()), entries],
        [await started(loggingPlugin()), [{}]],
      ],
      config,
    );

  test("reads its values; its own win over those of the interface", async () => {
    const { http } = await link([{ config: { shared: "1", mode: "interface" } }], { mode: "component", only: "here" });
    expect((await http("GET", "/config/shared")).text).toBe("1");
    expect((await http("GET", "/config/mode")).text).toBe("component");
    expect(await http("GET", "/config/none")).toMatchObject({ status: 404 });
    expect((await http("GET", "/config")).text.trim().split("\n").toSorted()).toEqual([
      "mode=component",
      "only=here",
      "shared=1",
    ]);
  });

  test("logs with level and context, and not without an end", async () => {
    const { http, log } = await link([{}], {});
    for (const level of [0, 1, 2, 3, 4, 5]) await http("POST", `/log/${level}`, `line ${level}`);
    expect(log.map(({ level }) => level)).toEqual(["trace", "debug", "info", "warn", "error", "fatal"]);
    expect(log[2]).toEqual({ level: "info", context: "guest", message: "line 2" });
    await http("POST", "/log/2", "x".repeat(40_000));
    expect(log.at(-1)?.message).toMatch(/^x{16384}\.\.\. \(\d+ bytes more\)$/);
  });
});
