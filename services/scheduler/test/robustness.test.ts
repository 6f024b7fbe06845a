/** One bad Secret, host or manifest harms what needs it, and nothing else; and it is told in words. */
import { getFromLeader, kvPrefix, kvStream, publishAcked } from "@holdfast/jetstream";
import { startNats, type TestNats, waitFor } from "@holdfast/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deployment, startScheduler, type TestScheduler } from "./harness.ts";
import { HostStandIn } from "./host-stand-in.ts";

let nats: TestNats;
beforeEach(async () => {
  nats = await startNats();
});
afterEach(() => nats.stop());

const statusOf = async ({ api }: TestScheduler, name: string) =>
  (await api.Get({ kind: "WorkloadDeployment", name })).status;
const untilRunning = (scheduler: TestScheduler, name: string) =>
  waitFor(async () => (await statusOf(scheduler, name)).phase === "Running", {
    timeoutMs: 20_000,
    what: `${name} runs`,
  });
/** What the deployment says once it speaks of this. */
const untilSaid = (scheduler: TestScheduler, name: string, words: string) =>
  waitFor(async () => (await statusOf(scheduler, name)).conditions.find(({ message }) => message.includes(words)), {
    timeoutMs: 20_000,
    what: `${name} says: ${words}`,
  });
const withSecret = (name: string) => ({
  components: [{ name: "c", image: "r.example/c:1", localResources: { environment: { secretFrom: [{ name }] } } }],
});

/** Puts another Secret's sealed values under this name, as somebody with the store's password could. */
async function tamper({ nc }: TestScheduler, name: string, other: string): Promise<void> {
  const kvBucket = "holdfast-workloads";
  const read = async (secret: string) => {
    const subject = `${kvPrefix(kvBucket)}Secret.default.${secret}`;
    const message = await getFromLeader(nc, kvStream(kvBucket), { last_by_subj: subject });
    return { subject, record: JSON.parse(Buffer.from(message?.data ?? []).toString()) as { sealed: unknown } };
  };
  const { subject, record } = await read(name);
  const { sealed } = (await read(other)).record;
  await publishAcked(nc, subject, JSON.stringify({ ...record, sealed }));
}

describe("a Secret that cannot be opened", () => {
  test("fails what needs it, in words, and nothing else; Apply puts it right", async () => {
    await using scheduler = await startScheduler(nats);
    await using _host = await HostStandIn.start(nats, "a", { ours: true });
    const { api } = scheduler;
    for (const name of ["broken", "other"]) await api.SetSecret({ name, set: { KEY: name } });
    await tamper(scheduler, "broken", "other");
    await api.Apply({
      documents: [
        deployment("needs-it", { replicas: 1 }, withSecret("broken")),
        deployment("fine", { replicas: 1 }, withSecret("other")),
      ],
    });
    await untilRunning(scheduler, "fine");
    await untilSaid(scheduler, "needs-it", "Secret default/broken cannot be opened");
    await expect(api.SetSecret({ name: "broken", set: { KEY: "new" } })).rejects.toMatchObject({
      code: "Refused",
      message: expect.stringContaining("cannot be opened"),
    });
    const document = { apiVersion: "v1", kind: "Secret", metadata: { name: "broken" }, stringData: { KEY: "new" } };
    expect((await api.Apply({ documents: [document] })).results[0]).toMatchObject({ outcome: "configured" });
    await untilRunning(scheduler, "needs-it");
  });

  test("keeps an Artifact from being looked up, in words", async () => {
    await using scheduler = await startScheduler(nats);
    const { api } = scheduler;
    for (const name of ["broken", "other"]) await api.SetSecret({ name, set: { username: name, password: name } });
    await tamper(scheduler, "broken", "other");
    const spec = { image: "r.example/c:1", imagePullSecret: { name: "broken" } };
    const apiVersion = "runtime.wasmcloud.dev/v1alpha1";
    await api.Apply({ documents: [{ apiVersion, kind: "Artifact", metadata: { name: "web" }, spec }] });
    const isTold = async () => {
      const { status } = await api.Get({ kind: "Artifact", name: "web" });
      return status.conditions.some(({ message }) => message.includes("Secret default/broken cannot be opened"));
    };
    expect(await waitFor(isTold, { timeoutMs: 20_000 })).toBe(true);
  });
});

describe("a host", () => {
  test("whose words are without end is quoted in part, and others run", async () => {
    await using scheduler = await startScheduler(nats);
    await using talker = await HostStandIn.start(nats, "a", { ours: true });
    talker.refusal = `no\u001b[31m room: ${"x".repeat(3_000_000)}`;
    await scheduler.api.Apply({ documents: [deployment("app", { replicas: 1 })] });
    const { message } = await untilSaid(scheduler, "app", "no[31m room: xxx");
    expect(message.length).toBeLessThan(3_000);
    const { events } = await scheduler.api.ListEvents({ kind: "Workload" });
    expect(Math.max(...events.map((event) => event.message.length))).toBeLessThan(3_000);
    talker.refusal = undefined;
    await untilRunning(scheduler, "app");
  });

  test("that cannot be asked is named with the reason", async () => {
    await using scheduler = await startScheduler(nats);
    await using host = await HostStandIn.start(nats, "a", { ours: true });
    host.goDeaf();
    await scheduler.api.Apply({ documents: [deployment("app", { replicas: 1 })] });
    const { message } = await untilSaid(scheduler, "app", "host a cannot be asked: ");
    expect(message).toMatch(/nobody answers|no instance answers/);
    host.listen();
    await untilRunning(scheduler, "app");
  });
});

describe("a manifest", () => {
  test("that is too large to be kept with what comes of it is refused before anything is written", async () => {
    await using scheduler = await startScheduler(nats);
    const environment = { config: { LARGE: "x".repeat(600_000) } };
    const components = [{ name: "c", image: "r.example/c:1", localResources: { environment } }];
    const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "small" }, data: { A: "1" } };
    const { results, isApplied } = await scheduler.api.Apply({
      documents: [config, deployment("app", {}, { components })],
    });
    expect(isApplied).toBe(false);
    expect(results[1]).toMatchObject({
      outcome: "refused",
      problems: [{ message: expect.stringMatching(/^it has \d+ bytes; 524288 are the most .*ConfigMap/) }],
    });
    expect((await scheduler.api.List({ kind: "ConfigMap" })).objects).toEqual([]);
  });

  test("a list of large objects comes in pages that NATS can carry", async () => {
    await using scheduler = await startScheduler(nats);
    const { api } = scheduler;
    const names = Array.from({ length: 12 }, (_, index) => `large-${index}`);
    for (const name of names) await api.SetConfig({ name, set: { A: "x".repeat(900_000) } });
    const seen: string[] = [];
    for (let after: string | undefined = ""; after !== undefined;) {
      const { objects, next } = await api.List({ kind: "ConfigMap", after });
      seen.push(...objects.map(({ ref }) => ref.name));
      after = next;
    }
    expect(seen.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
  });
});

describe("a caller", () => {
  test("cannot name what means more than itself in a subject", async () => {
    await using scheduler = await startScheduler(nats);
    const { api } = scheduler;
    for (const name of [">", "*", "a.>", "a b", "", ".", "a..b"]) {
      await expect(api.ListEvents({ name })).rejects.toMatchObject({ code: "InvalidInput" });
      await expect(api.Get({ kind: "Secret", name })).rejects.toMatchObject({ code: "InvalidInput" });
    }
  });
});
