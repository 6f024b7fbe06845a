import { startNats, temporaryFolder, waitFor, type TestNats } from "@holdfast/testkit";
import { Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/nats-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyValuePlugin } from "../../src/interfaces/keyvalue/plugin.ts";
import { memoryBus } from "../../src/interfaces/messaging/memory.ts";
import { natsBus } from "../../src/interfaces/messaging/nats.ts";
import { messagingOperations } from "../../src/interfaces/messaging/operations.ts";
import { messagingPlugin } from "../../src/interfaces/messaging/plugin.ts";
import { replySubjects } from "../../src/interfaces/messaging/reply-subjects.ts";
import type { RunningWorkload } from "../../src/plugin.ts";
import { componentInfo, type Entry, linkGuest, messageHandler as handler, startPlugin, workloadOf } from "./linked.ts";
import { describeMessageBus } from "./messaging-suite.ts";

const stack = new AsyncDisposableStack();
let nats: TestNats;
let nc: NatsConnection;
let folder: string;

beforeAll(async () => {
  nats = stack.use(await startNats());
  nc = await nats.connect();
  folder = stack.use(await temporaryFolder()).path;
});
afterAll(() => stack.disposeAsync());

const turns = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};
describeMessageBus("NATS", async () => ({ bus: natsBus(nc), settled: () => nc.flush() }));
describeMessageBus("memory", async () => ({ bus: memoryBus(), settled: turns }));

const text = (value: string) => new TextEncoder().encode(value);

/** A workload whose calls are kept. */
async function subscribed(
  entries: Entry[],
  { workloadId = "w1", components = [componentInfo("main", [handler])], annotations = {} } = {},
) {
  const calls: { component: string; message: { subject: string; body: Uint8Array; replyTo?: string } }[] = [];
  const plugin = await startPlugin(messagingPlugin(), nc, folder);
  const bound = await plugin.bind(workloadOf(entries, { workloadId, components, annotations }));
  const running: RunningWorkload = {
    call: async (component, _interface, _function, [message]) => {
      calls.push({ component, message: message as (typeof calls)[number]["message"] });
    },
  };
  await bound.resolved?.(running);
  await nc.flush();
  return { calls, bound };
}

describe("subscriptions", () => {
  test("bring messages to components that export a handler, each its own", async () => {
    const components = [componentInfo("one", [handler]), componentInfo("two", [handler]), componentInfo("web", [])];
    const { calls, bound } = await subscribed([{ config: { subscriptions: "sub-a.*, sub-b.>" } }], { components });
    nc.publish("sub-a.x", "1", { reply: "answers" });
    nc.publish("sub-b.x.y", "2");
    nc.publish("sub-c", "3");
    await waitFor(() => calls.length === 4);
    const seen = calls.map(({ component, message }) => `${component} ${message.subject} ${message.replyTo ?? ""}`);
    expect(seen.toSorted()).toEqual(["one sub-a.x answers", "one sub-b.x.y ", "two sub-a.x answers", "two sub-b.x.y "]);
    await bound.unbind?.();
    nc.publish("sub-a.x", "4");
    await nc.flush();
    expect(calls).toHaveLength(4);
  });

  test("are shared by the replicas of a component; config.queue_group makes other groups", async () => {
    const entries = [{ config: { subscriptions: "shared" } }];
    const replicas = [await subscribed(entries, { workloadId: "r1" }), await subscribed(entries, { workloadId: "r2" })];
    const audit = await subscribed([{ config: { subscriptions: "shared", queue_group: "audit" } }]);
    const stranger = await subscribed(entries, { annotations: { "holdfast.dev/deployment": "another" } });
    for (let i = 0; i < 20; i++) nc.publish("shared", String(i));
    await waitFor(() => audit.calls.length === 20 && stranger.calls.length === 20);
    expect(replicas.reduce((sum, { calls }) => sum + calls.length, 0)).toBe(20);
    for (const { bound } of [...replicas, audit, stranger]) await bound.unbind?.();
  });

  test.for([
    [[{ config: { subscriptions: ">" } }], /begin with a name/],
    [[{ config: { subscriptions: "ok, $JS.API.>" } }], /not for components/],
    [[{ config: { subscriptions: "auth.v1.*" } }], /subjects of the mesh/],
    [[{ config: { subscriptions: Array.from({ length: 101 }, (_, i) => `s${i}`).join() } }], /more than 100/],
    [[{ name: "a" }, { name: "b" }], /one hostInterfaces entry/],
    [[{ config: { backend: "kafka" } }], /no backend "kafka"/],
  ] as const)("do not start with %j", async ([entries, message]) => {
    await expect(subscribed([...entries])).rejects.toThrow(message);
  });

  test("may listen to changes of objects", async () => {
    const { calls, bound } = await subscribed([{ config: { subscriptions: "holdfast.events.s3.uploads.>" } }]);
    nc.publish("holdfast.events.s3.uploads.created", "{}");
    await waitFor(() => calls.length === 1);
    expect(calls[0]?.message.subject).toBe("holdfast.events.s3.uploads.created");
    await bound.unbind?.();
  });
});

describe("what a component sends", () => {
  const operations = () => {
    const replies = replySubjects();
    return { replies, ...messagingOperations(natsBus(nc), replies) };
  };
  const refused = (message: RegExp) => ({ payload: expect.stringMatching(message) });

  test.for([
    "auth.v1.CreateKey",
    "$JS.API.STREAM.DELETE.OBJ_b",
    "runtime.host.h1.workload.stop",
    "_INBOX.x",
    "a b",
    "tasks.>",
  ])("does not go to %s", async (subject) => {
    const { publish, request } = operations();
    await expect(publish({ subject, body: text("x") })).rejects.toMatchObject(refused(/./));
    await expect(request(subject, text("x"), 100)).rejects.toMatchObject(refused(/./));
    await expect(publish({ subject: "fine", body: text("x"), replyTo: subject })).rejects.toMatchObject(
      refused(/reply-to/),
    );
  });

  test("goes to the inbox of whoever waits for its answer, and to nothing else that stands in reply-to", async () => {
    const { publish, replies } = operations();
    replies.add("_INBOX.waiting");
    replies.add("$JS.API.STREAM.DELETE.OBJ_b");
    await publish({ subject: "_INBOX.waiting", body: text("x") });
    await expect(publish({ subject: "_INBOX.another", body: text("x") })).rejects.toMatchObject(
      refused(/not for components/),
    );
    await expect(publish({ subject: "$JS.API.STREAM.DELETE.OBJ_b", body: text("x") })).rejects.toMatchObject(
      refused(/not for components/),
    );
  });

  test("is limited in size and in requests that wait", async () => {
    const { publish, request } = operations();
    await expect(publish({ subject: "fine", body: new Uint8Array(9_000_000) })).rejects.toMatchObject(refused(/bytes/));
    nc.subscribe("silent");
    await nc.flush();
    const waiting = Array.from({ length: 256 }, () => request("silent", text("x"), 300));
    await expect(request("silent", text("x"), 100)).rejects.toMatchObject(refused(/256 requests/));
    expect((await Promise.allSettled(waiting)).every(({ status }) => status === "rejected")).toBe(true);
    await expect(request("silent", text("x"), 10)).rejects.toMatchObject(refused(/no answer/));
  });
});

describe("a component that handles messages", () => {
  test("counts them, and answers whoever waits for it", async () => {
    const keyValue = await startPlugin(keyValuePlugin(), nc, folder);
    const messaging = await startPlugin(messagingPlugin(), nc, folder);
    const guest = await linkGuest("messaging-counter", [
      [keyValue, [{ config: { bucket: "counted-messages" } }]],
      [messaging, [{ config: { subscriptions: "counted.*", max_in_flight: "1" } }]],
    ]);
    const [, bound] = guest.bound;
    await bound?.resolved?.(guest.running);
    await nc.flush();
    const answers = await Promise.all(
      ["one", "two", "three"].map((body) => nc.request("counted.a", body, { timeout: 5_000 })),
    );
    expect(answers.map((answer) => answer.string())).toEqual(["one", "two", "three"]);
    const counter = await (await new Kvm(nc).open("counted-messages")).get("counted.a");
    expect(counter?.value).toEqual(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 3]));
    await bound?.unbind?.();
  });
});
