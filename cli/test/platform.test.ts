/** The commands about workloads with the real scheduler and a real host, as the mesh's operator: one mesh for all of them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { guestFile } from "@holdfast/guests";
import {
  holdfastProcess,
  operatorEnv,
  startMesh,
  type TemporaryFolder,
  temporaryFolder,
  type TestMesh,
  waitFor,
} from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { runHoldfast } from "./run-holdfast.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

let mesh: TestMesh;
let folder: TemporaryFolder;
let host: string;
const images = { hello: "", config: "" };
beforeAll(async () => {
  const [hello, config] = await Promise.all([guestFile("http-hello"), guestFile("http-config")]);
  Object.assign(images, { hello: `file://${hello}`, config: `file://${config}` });
  const env = { HOLDFAST_SCHEDULER_MAX_CPU: "100", HOLDFAST_HOST_FILE_ROOTS: dirname(hello) };
  [folder, mesh] = await Promise.all([
    temporaryFolder("holdfast-platform-"),
    startMesh({ edges: 0, auth: 0, objectMetadata: 0, multipart: 0, scheduler: 1, hosts: 1, env }),
  ]);
  host = mesh.hosts[0]?.id ?? "";
  await waitFor(async () => (await holdfast("host", "list")).stdout.includes(host), { timeoutMs: 60_000 });
}, 120_000);
afterAll(async () => {
  await mesh.stop();
  await folder[Symbol.asyncDispose]();
}, 60_000);

const holdfast = (...args: string[]) => runHoldfast(mesh, args);
const apply = (text: string, ...args: string[]) => runHoldfast(mesh, ["apply", "-f", "-", ...args], text);

/** What a command that must succeed printed. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await holdfast(...args);
  if (code !== 0) throw new Error(`holdfast ${args.join(" ")}: exit code ${code}: ${stderr}`);
  return stdout;
}

const manifest = (name: string, image: string, replicas = 1, more = "") => `
apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: WorkloadDeployment
metadata: { name: ${name}, labels: { app: ${name} } }
spec:
  replicas: ${replicas}
  template:
    spec:
      components: [{ name: web, image: "${image}"${more} }]
      hostInterfaces:
        - { namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: ${name}.localhost } }
        - { namespace: wasi, package: config, interfaces: [store] }
        - { namespace: wasi, package: logging, interfaces: [logging] }
`;

/** One request by the Host header, which `fetch` would not send. */
function ask(name: string, path = "/", body?: string): Promise<{ status: number; text: string }> {
  const url = new URL(path, mesh.hosts[0]?.http);
  const headers = { host: `${name}.localhost` };
  return new Promise((settle, reject) => {
    const sent = request(url, { method: body === undefined ? "GET" : "POST", headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      answer.once("end", () => settle({ status: answer.statusCode ?? 0, text }));
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

/** A command that goes on until Ctrl-C, as a process. */
function watching(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...operatorEnv(mesh.nats) },
  });
  const exited = once(child, "exit");
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  return {
    shows: (what: RegExp) =>
      waitFor(() => what.test(text), { timeoutMs: 60_000, what: `${String(what)} in ${args[0]}` }),
    async interrupt() {
      child.kill("SIGINT");
      return exited;
    },
  };
}

describe("a deployment", { timeout: 120_000 }, () => {
  test("is applied, shown, scaled and deleted", async () => {
    const applied = await apply(manifest("hello", images.hello));
    expect(applied).toEqual({ code: 0, stdout: "+ WorkloadDeployment default/hello created\n", stderr: "" });
    expect(await printed("rollout", "status", "hello")).toBe("hello: 1 of 1 replicas are new, 1 ready\n");
    expect((await ask("hello")).status).toBe(200);
    expect((await ask("other")).status).toBe(421);

    expect(await printed("get", "deployments", "-l", "app=hello")).toMatch(/\nhello +1\/1 +1 /);
    expect(await printed("get", "workloads", "-o", "wide")).toContain(host);
    expect(await printed("describe", "deployment", "hello")).toMatch(/Conditions:\n +TYPE/);
    expect(await printed("events", "deployment/hello")).toContain("default/deployment/hello");

    const scaled = await apply(manifest("hello", images.hello, 2), "--diff");
    expect(scaled.stdout).toMatch(/- +replicas: 1\n +\+ +replicas: 2\n/);
    expect(await printed("rollout", "status", "hello")).toMatch(/2 of 2 replicas are new, 2 ready/);
    const same = await printed("get", "deployment", "hello", "-o", "yaml");
    expect((await apply(same)).stdout).toBe("= WorkloadDeployment default/hello unchanged\n");

    const deleted = await holdfastProcess(["delete", "deployment", "hello", "--wait"], { env: operatorEnv(mesh.nats) });
    expect(deleted).toEqual({ code: 0, stdout: "deployment default/hello is gone\n", stderr: "" });
    expect((await holdfast("get", "workloads")).stderr).toContain("no workload found");
  });

  test("goes from one template to the next, back, and is restarted", async () => {
    await apply(manifest("rolling", images.hello));
    await printed("rollout", "status", "rolling");
    await apply(manifest("rolling", images.config));
    await printed("rollout", "status", "rolling");
    expect((await ask("rolling", "/config")).status).toBe(200);
    expect(await printed("rollout", "history", "rolling")).toMatch(/\n1 .*http-hello.*\n2 \(current\) .*http-config/);
    expect(await printed("rollout", "undo", "rolling")).toContain("rolling is rolled back");
    await printed("rollout", "status", "rolling");
    expect((await ask("rolling")).text).toContain("hello");
    const before = await printed("get", "workloads", "-o", "name");
    await printed("rollout", "restart", "rolling");
    await printed("rollout", "status", "rolling");
    expect(await printed("get", "workloads", "-o", "name")).not.toBe(before);
    expect((await holdfast("rollout", "undo", "rolling", "--to", "99")).stderr).toMatch(/has no rollout 99; there are/);
    await printed("delete", "deploy/rolling", "--wait");
  });

  test("that cannot run says why", async () => {
    await apply(manifest("broken", "file:///nowhere.wasm"));
    await waitFor(async () => /nowhere\.wasm/.test(await printed("describe", "deployment", "broken")), {
      timeoutMs: 60_000,
      what: "the reason",
    });
    const { code, stderr } = await holdfast("rollout", "status", "broken", "--timeout", "1s");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/broken is not rolled out: .*nowhere\.wasm/)]);
    await printed("delete", "deploy/broken", "--wait");
  });

  test("shows what its components write, and goes on with --follow", async () => {
    await apply(manifest("chatty", images.config));
    await printed("rollout", "status", "chatty");
    await ask("chatty", "/log/3", "careful");
    expect(await printed("logs", "chatty")).toContain("warn  careful\n");
    const follow = watching("logs", "chatty", "--follow");
    await follow.shows(/careful/);
    await ask("chatty", "/out", "and more\n");
    await follow.shows(/and more/);
    expect(await follow.interrupt()).toEqual([null, "SIGINT"]);
    const lines = (await printed("logs", "chatty", "-o", "json")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).message.trimEnd())).toEqual(["careful", "and more"]);
    await printed("delete", "deploy/chatty", "--wait");
  });
});

describe("holdfast apply", () => {
  const config = (name: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { GREETING: hi }\n`;

  test("reads folders, and prunes what its set has no more", async () => {
    const manifests = join(folder.path, "manifests");
    await mkdir(join(manifests, "below"), { recursive: true });
    await writeFile(join(manifests, "a.yaml"), `${config("kept")}---\n${config("dropped")}`);
    await writeFile(join(manifests, "below/b.json"), JSON.stringify(parse(config("deeper"))));
    const args = ["apply", "-R", "-f", manifests, "--set", "shop", "--prune"];
    expect((await printed(...args)).match(/default\/\w+ \w+/g)).toEqual([
      "default/kept created",
      "default/dropped created",
      "default/deeper created",
    ]);
    await writeFile(join(manifests, "a.yaml"), config("kept"));
    const dry = await printed(...args, "--dry-run");
    expect(dry).toContain("- ConfigMap default/dropped pruned\n");
    expect(dry).toMatch(/dry run: nothing was changed\n$/);
    expect(await printed("get", "configs", "-o", "name")).toContain("config/dropped");
    expect(await printed(...args)).toContain("- ConfigMap default/dropped pruned\n");
    expect(await printed("get", "configs", "-o", "name")).toBe("config/deeper\nconfig/kept\n");
  });

  test("tells every problem with file, line and path, and changes nothing", async () => {
    const path = join(folder.path, "bad.yaml");
    await writeFile(
      path,
      `${config("fine")}---${manifest("bad", images.hello).replace("replicas: 1", "replicas: many")}`,
    );
    const { code, stderr } = await holdfast("apply", "-f", path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/bad\.yaml:\d+: WorkloadDeployment (default\/)?bad: spec\.replicas: /);
    expect((await holdfast("get", "config/fine")).code).toBe(1);
  });
});

describe("objects of every kind", () => {
  test(
    "are shown as tables, JSON and YAML, and described; a secret's values nowhere",
    { timeout: 120_000 },
    async () => {
      await apply(manifest("all-kinds", images.hello));
      await apply("apiVersion: v1\nkind: Secret\nmetadata: { name: db }\nstringData: { PASSWORD: s3cr3t }\n");
      await printed("config", "set", "app", "--from-literal", "A=1");
      await apply(
        `apiVersion: runtime.wasmcloud.dev/v1alpha1\nkind: Artifact\nmetadata: { name: tool }\nspec: { image: "127.0.0.1:1/tool:1" }\n`,
      );
      await printed("rollout", "status", "all-kinds");
      const kinds = ["deployments", "replicasets", "workloads", "artifacts", "configs", "secrets"];
      for (const kind of kinds) {
        expect(await printed("get", kind), kind).toMatch(/^NAME .*\n\w/);
        const { items } = JSON.parse(await printed("get", kind, "-o", "json"));
        expect(items.length, kind).toBeGreaterThan(0);
        const text = await printed("get", kind, "-o", "yaml");
        expect(parse(text), kind).toMatchObject({ kind: "List" });
        const described = await printed("describe", `${kind}/${items[0].metadata.name}`);
        expect(described, kind).toMatch(/^Name: .*\n/);
        for (const shown of [text, described]) expect(shown).not.toMatch(/s3cr3t|czNjcjN0/);
      }
      const named = (await printed("get", "hosts", "-o", "name")).trim();
      expect(named).toBe(`host/${host}`);
      expect(await printed("get", named)).toContain(host);
      expect(await printed("describe", named)).toMatch(/State: +Ready/);
      expect(await printed("config", "get", "app", "A")).toBe("1\n");
      await printed("delete", "deploy/all-kinds", "artifact/tool", "secret/db", "config/app", "--wait");
    },
  );

  test("that are not there are named, and do not keep the others from being shown or deleted", async () => {
    await printed("config", "set", "there", "--from-literal", "A=1");
    const shown = await holdfast("get", "config/gone", "config/there", "config/lost");
    expect(shown).toMatchObject({ code: 1, stdout: expect.stringContaining("there") });
    expect(shown.stderr).toMatch(/no config gone in namespace default\nholdfast: there is no config lost/);
    const { items } = JSON.parse(await printed("get", "config/there", "config/there", "-o", "json"));
    expect(items).toHaveLength(2);
    expect(await holdfast("get", "host", "nowhere")).toEqual({
      code: 1,
      stdout: "",
      stderr: "holdfast: there is no host nowhere: see holdfast host list\n",
    });
    expect(await holdfast("delete", "config", "gone", "there")).toEqual({
      code: 1,
      stdout: "config default/there is being deleted\n",
      stderr: "holdfast: there is no config default/gone\n",
    });
    expect(await holdfast("delete", "config", "gone", "--ignore-not-found")).toMatchObject({ code: 0, stdout: "" });
  });

  test("are told of by get --watch and events --watch, until Ctrl-C", { timeout: 120_000 }, async () => {
    const [configs, events] = [watching("get", "configs", "--watch"), watching("events", "--watch")];
    await printed("config", "set", "watched", "--from-literal", "A=1");
    await configs.shows(/\nwatched .*A/);
    await apply(manifest("eventful", images.hello));
    await events.shows(/default\/deployment\/eventful/);
    await printed("delete", "config/watched", "deploy/eventful", "--wait");
    await configs.shows(/\nwatched .*Deleted/);
    for (const each of [configs, events]) expect(await each.interrupt()).toEqual([null, "SIGINT"]);
  });
});

describe("a host", () => {
  test("is inspected and labelled", async () => {
    expect(await printed("host", "inspect", host)).toMatch(/State: +Ready/);
    expect(await printed("host", "label", host, "disk=ssd")).toMatch(/disk=ssd/);
    expect(await printed("host", "list", "-l", "disk=ssd", "-o", "wide")).toContain(host);
    expect(await printed("host", "label", host, "disk-")).not.toMatch(/disk/);
  });

  test("is drained, and takes workloads again", { timeout: 120_000 }, async () => {
    await apply(manifest("moving", images.hello));
    await printed("rollout", "status", "moving");
    await printed("host", "drain", host);
    expect(await printed("host", "list")).toMatch(/Draining/);
    expect(await printed("host", "drain", host, "--undo")).toBe(`${host} takes workloads again\n`);
    await printed("delete", "deploy/moving", "--wait");
    expect(await printed("host", "drain", host, "--wait")).toBe(`${host} is draining, 0 workloads on it\n`);
    await printed("host", "drain", host, "--undo");
  });

  test("runs a workload past the scheduler, tells of it and stops it", async () => {
    const interfaces = ["--interface", "wasi:http/incoming-handler?host=direct.localhost"];
    const asked = ["--host", host, "--id", "w-7", "--image", images.hello, ...interfaces];
    const started = await holdfast("workload", "start", "direct", ...asked);
    expect(started).toMatchObject({ code: 0, stdout: "w-7 running\n" });
    expect((await ask("direct")).status).toBe(200);
    expect(await printed("workload", "status", "w-7", "--host", host)).toBe("w-7 running\n");
    expect(await printed("workload", "stop", "w-7", "--host", host)).toBe("w-7 stopping\n");
    const { code, stderr } = await holdfast("workload", "start", "x", "--host", host, "--image", "file:///none.wasm");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/did not start it: .*none\.wasm/)]);
  });
});
