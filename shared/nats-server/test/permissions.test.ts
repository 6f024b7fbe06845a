/** The permissions table against a real server: each user can do its work, and what is not its work is refused. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { connect, createInbox, type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  findNatsServer,
  generateMeshPasswords,
  meshMaxPayload,
  type MeshUser,
  type NatsServerProcess,
  renderDeployConfig,
  renderMeshConfig,
  startNatsServer,
} from "../src/index.ts";

const passwords = generateMeshPasswords();
const connections: NatsConnection[] = [];
let folder: string;
let server: NatsServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-permissions-"));
  const { path } = await findNatsServer();
  server = await startNatsServer({ path, storeDir: folder, config: renderMeshConfig({ users: { passwords } }) });
  const admin = await connectAs("admin");
  const jsm = await jetstreamManager(admin);
  await jsm.streams.add({
    name: "OBJ_b",
    subjects: ["$O.b.C.>", "$O.b.M.>"],
    allow_direct: true,
    allow_rollup_hdrs: true,
  });
  await jsm.streams.add({ name: "HOLDFAST_MULTIPART", subjects: ["$HOLDFAST.multipart.>"], allow_direct: true });
  await new Kvm(admin).create("holdfast-auth");
});

afterAll(async () => {
  await Promise.all(connections.map((nc) => nc.close()));
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function connectAs(user: MeshUser): Promise<NatsConnection> {
  const nc = await connect({ servers: server.url, user, pass: passwords[user], inboxPrefix: `_INBOX_${user}` });
  connections.push(nc);
  return nc;
}

/** The subjects of the list that this user may not publish to, as the server judges them. */
async function refusedToPublish(user: MeshUser, subjects: readonly string[]): Promise<string[]> {
  const nc = await connectAs(user);
  const violations = collectViolations(nc, "publish");
  for (const subject of subjects) nc.publish(subject);
  // the server judges in order: its refusals come before the answer to this flush
  await nc.flush();
  await nc.close();
  return violations;
}

async function refusedToSubscribe(user: MeshUser, subjects: readonly string[]): Promise<string[]> {
  const nc = await connectAs(user);
  const refused: string[] = [];
  for (const subject of subjects) {
    const callback = (error: Error | null) => {
      if (error instanceof PermissionViolationError) refused.push(subject);
    };
    nc.subscribe(subject, { callback });
  }
  await nc.flush();
  await nc.close();
  return refused;
}

async function collectViolations(nc: NatsConnection, operation: "publish" | "subscription"): Promise<string[]> {
  const subjects: string[] = [];
  for await (const status of nc.status()) {
    if (status.type !== "error" || !(status.error instanceof PermissionViolationError)) continue;
    if (status.error.operation === operation) subjects.push(status.error.subject);
  }
  return subjects;
}

const secrets = [
  "$KV.holdfast-auth.key.x",
  "$JS.API.DIRECT.GET.KV_holdfast-auth",
  "$JS.API.DIRECT.GET.KV_holdfast-auth.x",
];
const secretStream = ["MSG.GET", "PURGE", "DELETE", "UPDATE"].map((verb) => `$JS.API.STREAM.${verb}.KV_holdfast-auth`);
const workloadSecrets = [
  "$KV.holdfast-workloads.Secret.default.s",
  "$JS.API.DIRECT.GET.KV_holdfast-workloads",
  "$JS.API.DIRECT.GET.KV_holdfast-workloads.x",
];
const otherInboxes = ["_INBOX.x", "_INBOX_admin.x"];

const forbidden: Record<Exclude<MeshUser, "admin">, string[]> = {
  "s3-edge": [
    ...secrets,
    ...secretStream,
    ...otherInboxes,
    ...workloadSecrets,
    "scheduler.v1.Apply",
    "runtime.host.h1.workload.start",
    "auth.v1.CreateAccessKey",
    "auth.v1.ListAccessKeys",
    "auth.v1.ImportAccessKeys",
    "object-metadata.v1.Sweep",
    "object-metadata.v1.CompactObject",
    "multipart.v1.ListLiveUploads",
    "$O.b.M.a2V5",
    "$JS.API.STREAM.PURGE.HOLDFAST_MULTIPART",
    "$JS.API.STREAM.DELETE.OBJ_b",
    "$JS.API.STREAM.CREATE.OBJ_c",
    "$JS.API.CONSUMER.CREATE.OBJ_b",
    "$JS.API.DIRECT.GET.HOLDFAST_MULTIPART",
    "$HOLDFAST.multipart.x",
    "holdfast.auth.changed",
    "holdfast.bucket.changed",
  ],
  auth: [
    ...otherInboxes,
    "object-metadata.v1.ListBuckets",
    "multipart.v1.ListParts",
    "$O.b.C.x",
    "$JS.API.DIRECT.GET.OBJ_b",
    "$JS.API.STREAM.INFO.OBJ_b",
    ...["DELETE", "UPDATE", "PURGE", "MSG.DELETE"].map((verb) => `$JS.API.STREAM.${verb}.KV_holdfast-auth`),
    "$JS.API.CONSUMER.CREATE.KV_holdfast-auth.name",
    "$JS.API.STREAM.CREATE.OBJ_c",
  ],
  "object-metadata": [
    ...secrets,
    ...secretStream,
    ...otherInboxes,
    ...workloadSecrets,
    "auth.v1.GetSigningKey",
    "multipart.v1.AbortMultipartUpload",
    "$JS.API.STREAM.DELETE.HOLDFAST_MULTIPART",
    "$JS.API.CONSUMER.CREATE.OBJ_b",
    "$HOLDFAST.multipart.x",
    "holdfast.auth.changed",
  ],
  multipart: [
    ...secrets,
    ...secretStream,
    ...otherInboxes,
    "auth.v1.GetSigningKey",
    "object-metadata.v1.DeleteObject",
    "object-metadata.v1.PutObject",
    "$O.b.M.a2V5",
    "$JS.API.STREAM.DELETE.OBJ_b",
    ...["DELETE", "UPDATE", "MSG.DELETE"].map((verb) => `$JS.API.STREAM.${verb}.HOLDFAST_MULTIPART`),
    "$JS.API.CONSUMER.CREATE.HOLDFAST_MULTIPART.name",
    "$JS.API.STREAM.CREATE.OBJ_c",
    "holdfast.bucket.changed",
    ...workloadSecrets,
  ],
  scheduler: [
    ...secrets,
    ...secretStream,
    ...otherInboxes,
    "auth.v1.GetSigningKey",
    "object-metadata.v1.ListBuckets",
    "object-metadata.v1.PutObject",
    "$O.b.C.x",
    "$JS.API.DIRECT.GET.OBJ_b",
    "host-agent.v1.h1.StopWorkload",
    "runtime.operator.heartbeat.h1",
    ...["DELETE", "UPDATE", "PURGE", "MSG.DELETE"].map((verb) => `$JS.API.STREAM.${verb}.KV_holdfast-workloads`),
    "$JS.API.CONSUMER.CREATE.KV_holdfast-workloads.name",
  ],
  "host-agent": [
    ...secrets,
    ...secretStream,
    ...otherInboxes,
    ...workloadSecrets,
    "_INBOX_scheduler.x",
    "auth.v1.GetSigningKey",
    "scheduler.v1.Apply",
    "multipart.v1.ListParts",
    "object-metadata.v1.Sweep",
    "runtime.host.h2.workload.start",
    "host-agent.v1.h2.Drain",
    "holdfast.auth.changed",
    "$O.b.M.a2V5",
    "$JS.API.STREAM.DELETE.OBJ_b",
    "$JS.API.STREAM.UPDATE.KV_tasks",
    "$JS.API.CONSUMER.CREATE.OBJ_b",
    "$JS.API.STREAM.CREATE.KV_holdfast-auth",
  ],
};

const work: Record<Exclude<MeshUser, "admin">, string[]> = {
  "s3-edge": [
    "auth.v1.GetSigningKey",
    "object-metadata.v1.PutObject",
    "multipart.v1.UploadPart",
    "$O.b.C.id",
    "$O.b.C.upload.1.random",
    "$JS.API.STREAM.PURGE.OBJ_b",
    "$JS.API.DIRECT.GET.OBJ_b",
    "$JS.API.DIRECT.GET.OBJ_b.$O.b.C.id",
  ],
  auth: ["holdfast.auth.changed", "$KV.holdfast-auth.key.x", "$JS.API.STREAM.MSG.GET.KV_holdfast-auth"],
  "object-metadata": [
    "multipart.v1.ListLiveUploads",
    "holdfast.bucket.changed",
    "$O.b.M.a2V5",
    "$O.b.C.id",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.NAMES",
    ...["CREATE", "UPDATE", "INFO", "PURGE", "MSG.GET"].map((verb) => `$JS.API.STREAM.${verb}.OBJ_x`),
    "$JS.API.DIRECT.GET.OBJ_b.$O.b.M.a2V5",
  ],
  multipart: [
    "object-metadata.v1.CommitObject",
    "$HOLDFAST.multipart.b.x",
    "$O.b.C.upload.manifest",
    "$JS.API.STREAM.PURGE.OBJ_b",
    "$JS.API.STREAM.CREATE.HOLDFAST_MULTIPART",
    ...["INFO", "PURGE", "MSG.GET"].map((verb) => `$JS.API.STREAM.${verb}.HOLDFAST_MULTIPART`),
    "$JS.API.DIRECT.GET.HOLDFAST_MULTIPART",
  ],
  scheduler: [
    "$KV.holdfast-workloads.Workload.default.w",
    "$KV.holdfast-scheduler.leader",
    "$HOLDFAST.scheduler.events.Workload.default.w",
    "runtime.host.h1.workload.start",
    "host-agent.v1.h1.ListWorkloads",
    "object-metadata.v1.ResolveObject",
    ...["CREATE", "INFO", "MSG.GET"].map((verb) => `$JS.API.STREAM.${verb}.KV_holdfast-workloads`),
    "$JS.API.DIRECT.GET.KV_holdfast-workloads",
  ],
  "host-agent": [
    "runtime.operator.heartbeat.h1",
    "object-metadata.v1.ResolveObject",
    "object-metadata.v1.CommitObject",
    "$O.b.C.id",
    "$KV.tasks.key",
    "$JS.API.STREAM.CREATE.KV_tasks",
    "$JS.API.STREAM.INFO.KV_tasks",
    "$JS.API.DIRECT.GET.KV_tasks",
    "$JS.API.DIRECT.GET.OBJ_b.$O.b.C.id",
    "orders.new",
  ],
};

const services = ["s3-edge", "auth", "object-metadata", "multipart", "scheduler"] as const;

describe.each([...services, "host-agent"] as const)("the NATS user of %s", (user) => {
  test("may publish what its work needs", async () => {
    expect(await refusedToPublish(user, work[user])).toEqual([]);
  });

  test("is refused everything else", async () => {
    expect(await refusedToPublish(user, forbidden[user])).toEqual(forbidden[user]);
  });
});

describe.each(services)("the NATS user of %s", (user) => {
  test("hears its own endpoints, answers and discovery, and nobody else's", async () => {
    const own = [`${user}.v1.X`, `_INBOX_${user}.>`, "$SRV.PING", `$SRV.INFO.${user}`, `$SRV.STATS.${user}.id`];
    expect(await refusedToSubscribe(user, own)).toEqual([]);
    const others = services
      .filter((service) => service !== user)
      .flatMap((service) => [`${service}.v1.X`, `_INBOX_${service}.>`]);
    const foreign = [...others, "_INBOX.>", "$O.>", "$KV.>", ">", "$SRV.PING.somebody"];
    expect(await refusedToSubscribe(user, foreign)).toEqual(foreign);
  });
});

describe("the NATS user of host-agent", () => {
  test("hears its endpoints, the host protocol and what components subscribe to, and nothing of the mesh", async () => {
    const own = [
      "host-agent.v1.h1.Inspect",
      "runtime.host.h1.>",
      "_INBOX_host-agent.>",
      "$SRV.PING.host-agent",
      "orders.>",
    ];
    expect(await refusedToSubscribe("host-agent", own)).toEqual([]);
    const foreign = [
      ...services.map((service) => `${service}.v1.X`),
      "_INBOX_auth.>",
      "_INBOX.>",
      "$O.>",
      "$KV.>",
      "$JS.API.>",
    ];
    expect(await refusedToSubscribe("host-agent", foreign)).toEqual(foreign);
  });

  test("hears nothing of the mesh by subscribing to everything either", async () => {
    const [host, scheduler] = await Promise.all([connectAs("host-agent"), connectAs("scheduler")]);
    const heard: string[] = [];
    host.subscribe(">", { callback: (_error, { subject }) => void heard.push(subject) });
    await host.flush();
    scheduler.publish("$KV.holdfast-workloads.Secret.default.s", "sealed");
    scheduler.publish("runtime.host.h1.heartbeat");
    await scheduler.flush();
    await host.flush();
    expect(heard.filter((subject) => subject.startsWith("$KV"))).toEqual([]);
    expect(heard).toContain("runtime.host.h1.heartbeat");
  });
});

describe("a service", () => {
  test("answers whoever asks it, once, and only the one who asked", async () => {
    const [asker, auth] = await Promise.all([connectAs("s3-edge"), connectAs("auth")]);
    auth.subscribe("auth.v1.GetSigningKey", { queue: "q", callback: (_error, message) => void message.respond("key") });
    await auth.flush();
    expect((await asker.request("auth.v1.GetSigningKey")).string()).toBe("key");
    expect(await refusedToPublish("auth", [createInbox("_INBOX_s3-edge")])).toHaveLength(1);
  });

  test("answers discovery by a plain client of the nats command line", async () => {
    const [admin, auth] = await Promise.all([
      connect({ servers: server.url, user: "admin", pass: passwords.admin }),
      connectAs("auth"),
    ]);
    connections.push(admin);
    auth.subscribe("$SRV.PING", { callback: (_error, message) => void message.respond("pong") });
    await auth.flush();
    expect((await admin.request("$SRV.PING")).string()).toBe("pong");
  });
});

describe("the users' own storage", () => {
  test("auth keeps keys in its KV bucket", async () => {
    const kv = await new Kvm(await connectAs("auth")).create("holdfast-auth");
    await kv.put("key.a", "1");
    expect((await kv.get("key.a"))?.string()).toBe("1");
    await kv.delete("key.a");
  });

  test("the edge writes a chunk and reads it back by direct get", async () => {
    const nc = await connectAs("s3-edge");
    const { seq } = await jetstream(nc).publish("$O.b.C.chunk", new Uint8Array(1024 * 1024));
    const answer = await nc.request("$JS.API.DIRECT.GET.OBJ_b", JSON.stringify({ seq }));
    expect(answer.data.length).toBe(1024 * 1024);
  });

  test("object-metadata makes, changes and removes a bucket's stream", async () => {
    const jsm = await jetstreamManager(await connectAs("object-metadata"));
    await jsm.streams.add({ name: "OBJ_made", subjects: ["$O.made.C.>"] });
    await jsm.streams.update("OBJ_made", { subjects: ["$HOLDFAST.frozen.made.C.>"] });
    expect(await jsm.streams.delete("OBJ_made")).toBe(true);
  });

  test("a stream that is there cannot be made over to read others", async () => {
    const { config } = await (await jetstreamManager(await connectAs("admin"))).streams.info("HOLDFAST_MULTIPART");
    const nc = await connectAs("multipart");
    const spying = JSON.stringify({ ...config, sources: [{ name: "KV_holdfast-auth" }] });
    const answer = await nc.request("$JS.API.STREAM.CREATE.HOLDFAST_MULTIPART", spying);
    expect(answer.json()).toMatchObject({ error: { err_code: 10_058 } });
  });

  test("multipart writes a row and reads it back", async () => {
    const nc = await connectAs("multipart");
    const { seq } = await jetstream(nc).publish("$HOLDFAST.multipart.b.x", "1");
    const answer = await nc.request("$JS.API.DIRECT.GET.HOLDFAST_MULTIPART", JSON.stringify({ seq }));
    expect(answer.string()).toBe("1");
  });
});

describe("the mesh's configuration", () => {
  test("lets a chunk of 1 MiB with its headers through, and 8 MiB at most", async () => {
    const nc = await connectAs("s3-edge");
    expect(nc.info?.max_payload).toBe(meshMaxPayload);
  });

  test("lets in a client that takes three seconds to sign in, as one that starts on a busy machine", async () => {
    const { hostname, port } = new URL(server.url);
    const socket = createConnection(Number(port), hostname).setEncoding("utf8");
    let said = "";
    socket.on("data", (text) => (said += String(text)));
    await pause(3_000);
    expect(said).not.toContain("-ERR");
    socket.write(`CONNECT ${JSON.stringify({ user: "admin", pass: passwords.admin, verbose: false })}\r\nPING\r\n`);
    await vi.waitFor(() => expect(said).toContain("PONG"), { timeout: 20_000 });
    socket.destroy();
  });

  test("deploy/nats/nats.conf is what the table says (else: node scripts/nats-config.ts)", async () => {
    const file = new URL("../../../deploy/nats/nats.conf", import.meta.url);
    expect(await readFile(file, "utf8")).toBe(renderDeployConfig());
  });
});
