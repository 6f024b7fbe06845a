/** The commands about workloads against a scheduler and a host that answer by their contracts, over a real nats-server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkDocument } from "@holdfast/manifests";
import { startNats, type TemporaryFolder, temporaryFolder, type TestNats, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type PlatformStandIn, startPlatform } from "./platform-stand-in.ts";
import { runInProcess } from "./run-holdfast.ts";

let nats: TestNats;
let platform: PlatformStandIn;
let folder: TemporaryFolder;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  [nats, folder] = await Promise.all([startNats(), temporaryFolder("holdfast-workloads-")]);
  platform = await startPlatform(await nats.connect());
  env = { HOLDFAST_NATS_URL: nats.url };
});
afterAll(async () => {
  await nats.stop();
  await folder[Symbol.asyncDispose]();
});

// without processes, whose start costs more than the commands; platform.test.ts has some
const holdfast = (args: readonly string[], stdin = "") => runInProcess(args, { env, stdin });

const deployment = (name: string, replicas: number | string = 1, namespace?: string) =>
  [
    "apiVersion: runtime.wasmcloud.dev/v1alpha1",
    "kind: WorkloadDeployment",
    "metadata:",
    `  name: ${name}`,
    ...(namespace === undefined ? [] : [`  namespace: ${namespace}`]),
    "spec:",
    `  replicas: ${replicas}`,
    "  template:",
    "    spec:",
    "      components:",
    "        - name: web",
    "          image: s3://components/web.wasm",
    "",
  ].join("\n");

async function file(name: string, text: string): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  return path;
}

const ref = (name: string, kind: "WorkloadDeployment" | "WorkloadReplicaSet" | "Workload" = "WorkloadDeployment") => ({
  kind,
  namespace: "default",
  name,
});
const replicas = (ready: number, expected = 3) => ({
  expected,
  current: expected,
  ready,
  unavailable: expected - ready,
  updated: ready,
});

describe("holdfast apply", () => {
  test("makes the objects of a file, and says what it did", async () => {
    const path = await file("one.yaml", deployment("one"));
    const made = await holdfast(["apply", "-f", path]);
    expect([made.code, made.stdout, made.stderr]).toEqual([0, "+ WorkloadDeployment default/one created\n", ""]);
    expect((await holdfast(["apply", "-f", path])).stdout).toBe("= WorkloadDeployment default/one unchanged\n");
  });

  test("reads folders, several documents and stdin, and puts them into a namespace", async () => {
    await file("many/a.yaml", `${deployment("a1")}---\n${deployment("a2")}`);
    await file("many/b.yml", deployment("b1"));
    await file("many/notes.txt", "not a manifest");
    await file("many/below/c.json", JSON.stringify(parse(deployment("c1"))));
    const flat = await holdfast(["apply", "-f", join(folder.path, "many"), "-n", "shop"]);
    expect(flat.stdout.match(/shop\/\w+/g)).toEqual(["shop/a1", "shop/a2", "shop/b1"]);
    const deep = await holdfast(["apply", "-R", "-f", join(folder.path, "many"), "-f", "-"], deployment("from-stdin"));
    expect(deep.stdout.match(/default\/[\w-]+/g)).toEqual([
      "default/a1",
      "default/a2",
      "default/b1",
      "default/c1",
      "default/from-stdin",
    ]);
  });

  test("shows what would change, line by line, and changes nothing with --dry-run", async () => {
    await holdfast(["apply", "-f", "-"], deployment("diffed", 2));
    const { stdout } = await holdfast(["apply", "--dry-run", "--diff", "-f", "-"], deployment("diffed", 5));
    expect(stdout).toContain("~ WorkloadDeployment default/diffed configured\n");
    expect(stdout).toMatch(/\n {4}- {3}replicas: 2\n {4}\+ {3}replicas: 5\n/);
    expect(stdout).toMatch(/\ndry run: nothing was changed\n$/);
    expect((await holdfast(["get", "deploy/diffed", "-o", "json"])).stdout).toContain('"replicas":2');
  });

  test("prunes within a set only", async () => {
    const done = await holdfast(["apply", "--set", "shop", "--prune", "-f", "-"], deployment("kept"));
    expect(done.stdout).toContain("- Artifact default/old pruned\n");
    expect((await holdfast(["apply", "--prune", "-f", "-"], deployment("kept"))).stderr).toMatch(/--prune needs --set/);
  });

  test("tells every problem with file, line and path, and exits with 1", async () => {
    const path = await file("bad.yaml", `${deployment("fine")}---\n${deployment("bad", '"many"')}`);
    const { code, stderr } = await holdfast(["apply", "-f", path]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/bad\.yaml:18: WorkloadDeployment (default\/)?bad: spec\.replicas: /);
    expect(stderr).toContain("1 refused, nothing was changed\n");
    expect(platform.objects.has("WorkloadDeployment default/fine")).toBe(false);
  });

  test.for([
    [["apply"], /--filename is missing/],
    [["apply", "-f", "/no/such/file"], /there is no \/no\/such\/file/],
    [["apply", "-f", "-"], /there is no document in -/],
  ] as const)("refuses %j with exit code 2", async ([args, message]) => {
    const { code, stderr } = await holdfast(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("names the line of what is no YAML", async () => {
    const { code, stderr } = await holdfast(["apply", "-f", "-"], "a: [1\nb: 2");
    expect([code, stderr]).toEqual([2, expect.stringMatching(/stdin:\d: not YAML/)]);
  });
});

describe("holdfast get", () => {
  beforeAll(() => {
    platform.put(ref("shown"), {
      status: { conditions: [], phase: "Running", observedGeneration: 1, replicas: replicas(3), rollout: 4 },
      manifest: {
        apiVersion: "runtime.wasmcloud.dev/v1alpha1",
        kind: "WorkloadDeployment",
        metadata: { name: "shown" },
        spec: parse(deployment("shown")).spec,
      },
    });
  });

  test("prints a table, wider with -o wide, and names with -o name", async () => {
    const { stdout } = await holdfast(["get", "deployments", "shown"]);
    expect(stdout).toMatch(/^NAME +READY +UP-TO-DATE +STATUS +AGE\nshown +3\/3 +3 +Running +3m\d+s\n$/);
    const wide = await holdfast(["get", "deploy", "shown", "-o", "wide"]);
    expect(wide.stdout).toMatch(/ROLLOUT +IMAGES\n.* 4 +s3:\/\/components\/web\.wasm\n/);
    expect((await holdfast(["get", "deploy", "shown", "-o", "name"])).stdout).toBe("deployment/shown\n");
  });

  test("gives YAML that can be applied again", async () => {
    const { stdout } = await holdfast(["get", "WorkloadDeployment/shown", "-o", "yaml"]);
    expect(checkDocument(parse(stdout))).toEqual([expect.objectContaining({ outcome: "manifest" })]);
    const list = await holdfast(["get", "wd", "-o", "yaml"]);
    expect(checkDocument(parse(list.stdout)).length).toBeGreaterThan(1);
  });

  test("shows the namespaces with -A", async () => {
    platform.put(
      { kind: "Secret", namespace: "far", name: "keys" },
      { status: { conditions: [], phase: "", observedGeneration: 0, keys: ["A", "B"] } },
    );
    const { stdout } = await holdfast(["get", "secrets", "-A"]);
    expect(stdout).toMatch(/^NAMESPACE +NAME +TYPE +KEYS +AGE\nfar +keys +A,B/);
  });

  test("shows hosts", async () => {
    const { stdout } = await holdfast(["get", "hosts", "-o", "wide"]);
    expect(stdout).toMatch(/host-1 +north +Ready +1 +12 % +4\.0 GiB of 8\.0 GiB +8000 +1h +.*hostgroup=default/);
  });

  test.for([
    [["get", "deploymnt"], 2, /there is no kind "deploymnt"; did you mean "deployments"\?/],
    [["get", "deploy/none"], 1, /there is no deployment none in namespace default/],
    [["get"], 2, /KIND is missing/],
  ] as const)("refuses %j with exit code %i", async ([args, exitCode, message]) => {
    const { code, stderr } = await holdfast(args);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(message);
  });

  test("goes on with --watch, with a line for each change", { timeout: 90_000 }, async () => {
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
    const child = spawn(process.execPath, [main, "get", "deploy", "shown", "--watch"], {
      env: { ...env, PATH: process.env["PATH"] },
    });
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    await waitFor(() => printed.includes("shown"), { timeoutMs: 60_000 });
    platform.put(ref("shown"), {
      status: { conditions: [], phase: "Progressing", observedGeneration: 1, replicas: replicas(2) },
    });
    await waitFor(() => /\nshown +2\/3 .*Progressing/.test(printed));
    platform.objects.delete("WorkloadDeployment default/shown");
    platform.tell({});
    await waitFor(() => /\nshown .*Deleted/.test(printed));
    child.kill("SIGINT");
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGINT");
  });
});

describe("holdfast describe", () => {
  test("tells the conditions, the children and the events", async () => {
    const since = Date.now() - 5_000;
    const condition = {
      type: "Placement",
      status: "False" as const,
      reason: "NoMatchingHost",
      message: "no host has zone=moon",
      since,
    };
    platform.put(ref("stuck"), {
      manifest: { spec: { replicas: 1 } },
      status: { conditions: [condition], phase: "Pending", observedGeneration: 1, replicas: replicas(0) },
    });
    platform.put(ref("stuck-1", "WorkloadReplicaSet"), { owner: ref("stuck") });
    platform.tell({ type: "Warning", reason: "NoMatchingHost", message: "placed nowhere", object: ref("stuck") });
    const { code, stdout } = await holdfast(["describe", "deployment", "stuck"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Replicas: +3 wanted, 0 ready/);
    expect(stdout).toMatch(/Placement +False +NoMatchingHost +\d+s +no host has zone=moon/);
    expect(stdout).toMatch(/replicaset\/stuck-1 +Pending/);
    expect(stdout).toMatch(/Warning +NoMatchingHost +placed nowhere/);
  });
});

describe("holdfast delete", () => {
  test("deletes by name and waits until it is gone", async () => {
    platform.put(ref("old"), {});
    const { code, stdout } = await holdfast(["delete", "deployment", "old", "--wait"]);
    expect([code, stdout]).toEqual([0, "deployment default/old is gone\n"]);
    expect((await holdfast(["delete", "deploy/old"])).code).toBe(1);
    expect((await holdfast(["delete", "deploy/old", "--ignore-not-found"])).code).toBe(0);
  });

  test("deletes what manifests name", async () => {
    platform.put(ref("of-file"), {});
    const { stdout } = await holdfast(["delete", "-f", "-"], deployment("of-file"));
    expect(stdout).toBe("deployment default/of-file is being deleted\n");
  });
});

describe("holdfast logs", () => {
  test("shows the lines of every workload of a deployment", async () => {
    platform.put(ref("chatty"), {});
    platform.put(ref("chatty-1", "WorkloadReplicaSet"), { owner: ref("chatty") });
    const status = { conditions: [], phase: "Running", observedGeneration: 1, hostId: "host-1", workloadId: "w-1" };
    platform.put(ref("chatty-1-x", "Workload"), { owner: ref("chatty-1", "WorkloadReplicaSet"), status });
    const line = { time: 0, component: "web", level: "info" as const, context: "stdout", message: "first" };
    platform.logs.push({ ...line, sequence: 1 }, { ...line, sequence: 2, level: "error", message: "second\n" });
    const { code, stdout, stderr } = await holdfast(["logs", "chatty", "--follow"]);
    expect([code, stdout, stderr]).toEqual([0, "info  first\nerror second\n", ""]);
    const json = await holdfast(["logs", "workload/chatty-1-x", "-o", "json", "--component", "web"]);
    expect(
      json.stdout
        .trim()
        .split("\n")
        .map((text) => JSON.parse(text).sequence),
    ).toEqual([1, 2]);
  });

  test("says what to do when nothing runs", async () => {
    platform.put(ref("silent"), {});
    expect((await holdfast(["logs", "silent"])).stderr).toMatch(
      /nothing of silent runs on a host: holdfast describe deployment\/silent says why/,
    );
    expect((await holdfast(["logs", "nobody"])).stderr).toMatch(
      /there is no nobody in namespace default: see holdfast get deployments/,
    );
  });
});

describe("holdfast events", () => {
  test("lists what happened", async () => {
    platform.tell({ reason: "Scaled", message: "from 1 to 3", object: ref("eventful") });
    const { stdout } = await holdfast(["events", "deployment/eventful"]);
    expect(stdout).toMatch(
      /^AGE +TYPE +REASON +OBJECT +MESSAGE\n\d+s +Normal +Scaled +default\/deployment\/eventful +from 1 to 3\n$/,
    );
  });
});

describe("holdfast host", () => {
  test("lists, inspects, drains and labels", async () => {
    expect((await holdfast(["host", "list"])).stdout).toMatch(/host-1 +north +Ready/);
    const inspected = await holdfast(["host", "inspect", "north"]);
    expect(inspected.stdout).toMatch(/Host id: +host-1/);
    expect(inspected.stdout).toContain("  wasi:keyvalue/{store, atomics}@0.2.0-draft");
    const labelled = await holdfast(["host", "label", "host-1", "disk=ssd", "hostgroup-"]);
    expect(labelled.stdout).toBe("host-1: disk=ssd\n");
    const drained = await holdfast(["host", "drain", "box", "--wait"]);
    expect(drained.stdout).toBe("host-1 is draining, 0 workloads on it\n");
  });

  test("names a host that is not there, and a label that is none", async () => {
    expect((await holdfast(["host", "inspect", "nowhere"])).stderr).toMatch(
      /there is no host nowhere: see holdfast host list/,
    );
    expect((await holdfast(["host", "label", "host-1", "disk"])).stderr).toMatch(
      /LABEL: "disk" is neither KEY=VALUE nor KEY-/,
    );
  });
});

describe("holdfast workload", () => {
  test("starts, asks and stops a workload straight on a host", async () => {
    const args = ["hello", "--host", "host-1", "--id", "w-7", "--image", "s3://c/hello.wasm", "--env", "A=b"];
    const interfaces = ["--interface", "wasi:http/incoming-handler@0.2.0?host=hello.localhost"];
    const started = await holdfast(["workload", "start", ...args, ...interfaces]);
    expect([started.code, started.stdout]).toEqual([0, "w-7 running\n"]);
    expect(platform.started.at(-1)).toMatchObject({
      workloadId: "w-7",
      workload: {
        name: "hello",
        witWorld: {
          components: [{ image: "s3://c/hello.wasm", localResources: { environment: { A: "b" } } }],
          hostInterfaces: [{ namespace: "wasi", package: "http", config: { host: "hello.localhost" } }],
        },
      },
    });
    expect((await holdfast(["workload", "status", "w-7", "--host", "host-1"])).stdout).toBe("w-7 running\n");
    expect((await holdfast(["workload", "stop", "w-7", "--host", "host-1"])).stdout).toBe("w-7 stopping\n");
  });

  test("takes the protocol's own message", async () => {
    const message = "workload:\n  name: from-file\n  witWorld: { components: [{ name: a, image: 'oci://x/y:1' }] }\n";
    expect((await holdfast(["workload", "start", "--host", "host-1", "-f", "-"], message)).code).toBe(0);
    expect(platform.started.at(-1)).toMatchObject({ workload: { name: "from-file" } });
  });

  test.for([
    [["status", "w"], 2, /--host is missing/],
    [["status", "unknown", "--host", "host-1"], 1, /host host-1 has no workload unknown/],
    [["status", "w", "--host", "gone"], 1, /host gone is not there: .*; see holdfast host list/],
    [["start", "--host", "host-1"], 2, /by --filename or by --image/],
    [
      ["start", "x", "--host", "host-1", "--image", "i", "--interface", "http"],
      2,
      /--interface: "http" is not NAMESPACE:PACKAGE/,
    ],
  ] as const)("refuses %j with exit code %i", async ([args, exitCode, message]) => {
    const { code, stderr } = await holdfast(["workload", ...args]);
    expect([code, stderr]).toEqual([exitCode, expect.stringMatching(message)]);
  });
});

describe("holdfast rollout", () => {
  const moving = { conditions: [], phase: "Progressing", observedGeneration: 1, rollout: 2 };

  test("status waits until all replicas are new and ready", async () => {
    platform.put(ref("rolling"), { status: { ...moving, replicas: replicas(1) } });
    const waiting = holdfast(["rollout", "status", "rolling"]);
    const { stdout } = await holdfast(["rollout", "status", "rolling", "--no-wait"]);
    expect(stdout).toBe("rolling: 1 of 3 replicas are new, 1 ready\n");
    platform.put(ref("rolling"), { status: { ...moving, replicas: replicas(3) } });
    expect(await waiting).toMatchObject({ code: 0, stdout: "rolling: 3 of 3 replicas are new, 3 ready\n" });
  });

  test("status gives up in time, with the reason", async () => {
    const condition = {
      type: "Placement",
      status: "False" as const,
      reason: "NoMatchingHost",
      message: "no host fits",
      since: 0,
    };
    platform.put(ref("never"), { status: { ...moving, conditions: [condition], replicas: replicas(0) } });
    const { code, stderr } = await holdfast(["rollout", "status", "never", "--timeout", "1s"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/never is not rolled out: .* \(no host fits\); see holdfast describe deployment never/);
  });

  test("history, undo and restart", async () => {
    await holdfast(["apply", "-f", "-"], deployment("versioned"));
    const history = await holdfast(["rollout", "history", "versioned"]);
    expect(history.stdout).toMatch(/2 \(current\) +a-2 +3\/3 +1m30s +s3:\/\/components\/a\.wasm/);
    expect((await holdfast(["rollout", "undo", "versioned", "--to", "1"])).stdout).toMatch(/versioned is rolled back/);
    expect((await holdfast(["rollout", "undo", "versioned", "--to", "99"])).stderr).toMatch(
      /there is no rollout 99; there are 1, 2 \(Refused\)/,
    );
    expect((await holdfast(["rollout", "restart", "versioned"])).stdout).toMatch(/versioned is being restarted/);
    const kept = JSON.stringify(platform.objects.get("WorkloadDeployment default/versioned")?.manifest);
    expect(kept).toMatch(/"holdfast.dev\/restarted-at":"\d{4}-/);
  });
});

describe("holdfast config and secret", () => {
  test("set, print, list and delete the values of a config", async () => {
    const path = await file("settings.json", '{"a":1}');
    const set = await holdfast(["config", "set", "shop", "--from-literal", "GREETING=hi=there", "--from-file", path]);
    expect(set.stdout).toBe("config shop has GREETING, settings.json\n");
    expect((await holdfast(["config", "get", "shop", "GREETING"])).stdout).toBe("hi=there\n");
    expect((await holdfast(["config", "get", "shop", "NONE"])).stderr).toMatch(
      /shop has no NONE; it has GREETING, settings\.json/,
    );
    await holdfast(["config", "set", "shop", "--unset", "settings.json"]);
    expect((await holdfast(["config", "list"])).stdout).toMatch(/shop +GREETING /);
    expect((await holdfast(["config", "delete", "shop"])).stdout).toBe("config shop is deleted\n");
  });

  test("take a secret from stdin and files, and never print it", async () => {
    const dotenv = await file("secrets.env", "# comment\nTOKEN=t0k3n\n\n");
    const args = ["secret", "set", "shop", "--stdin", "PASSWORD", "--from-env-file", dotenv, "-o", "json"];
    const { code, stdout, stderr } = await holdfast(args, "s3cr3t\n");
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ keys: ["TOKEN", "PASSWORD"] });
    expect(platform.values.get("Secret default/shop")).toEqual({ TOKEN: "t0k3n", PASSWORD: "s3cr3t" });
    const listed = await holdfast(["secret", "list", "-o", "yaml"]);
    for (const text of [stdout, listed.stdout]) expect(text).not.toMatch(/s3cr3t|t0k3n/);
    const bad = await holdfast(["secret", "set", "shop", "--from-literal", "oops-a-secret"]);
    expect([bad.code, bad.stderr]).toEqual([2, "holdfast: --from-literal: the first one is not KEY=VALUE\n"]);
    expect((await holdfast(["secret", "delete", "shop"])).code).toBe(0);
  });
});
