import { describe, expect, test } from "vitest";
import { labelChange } from "../commands/host.ts";
import { restarted } from "../commands/rollout.ts";
import { parseInterface } from "../commands/workload.ts";
import { ageOf } from "./age.ts";
import { kindOf, namedTargets } from "./kinds.ts";
import { hunks, lineDiff } from "./line-diff.ts";

describe("an age", () => {
  test.for([
    [-5, "0s"],
    [999, "0s"],
    [45_000, "45s"],
    [200_000, "3m20s"],
    [3_600_000, "1h"],
    [11 * 3_600_000 + 60_000, "11h"],
    [5.2 * 86_400_000, "5d4h"],
  ] as const)("of %i ms reads %s", ([ms, text]) => {
    expect(ageOf(ms)).toBe(text);
  });
});

describe("a kind", () => {
  test.for([
    ["deploy", "WorkloadDeployment"],
    ["deployments", "WorkloadDeployment"],
    ["WorkloadDeployment", "WorkloadDeployment"],
    ["rs", "WorkloadReplicaSet"],
    ["wl", "Workload"],
    ["host", "Host"],
    ["cm", "ConfigMap"],
    ["config", "ConfigMap"],
    ["secret", "Secret"],
  ] as const)("%s is %s", ([word, kind]) => {
    expect(kindOf(word)).toBe(kind);
  });

  test("may stand before each name", () => {
    expect(namedTargets(["deploy/a", "secret/b"])).toEqual([
      { kind: "WorkloadDeployment", name: "a" },
      { kind: "Secret", name: "b" },
    ]);
    expect(() => namedTargets(["deploy"])).toThrow("NAME is missing");
    expect(() => namedTargets(["deploy/a", "b"])).toThrow('"b" is not KIND/NAME');
  });
});

describe("a difference", () => {
  test("keeps what is common and leaves out what is far from a change", () => {
    const before = "a\nb\nc\nd\ne\nf";
    expect(hunks(lineDiff(before, "a\nb\nc\nd\nE\nf"), 1)).toEqual(["  ...", "  d", "- e", "+ E", "  f"]);
    expect(hunks(lineDiff(before, before))).toEqual(["  ..."]);
    expect(lineDiff("a", "a\nb")).toEqual([
      { sign: " ", text: "a" },
      { sign: "+", text: "b" },
    ]);
  });
});

describe("arguments", () => {
  test("labels are set and taken away", () => {
    expect(labelChange("a=b=c")).toEqual(["a", "b=c"]);
    expect(labelChange("zone-")).toEqual(["zone", null]);
    expect(() => labelChange("-")).toThrow("is neither KEY=VALUE nor KEY-");
  });

  test("an interface has its version and its configuration", () => {
    expect(parseInterface("wasi:keyvalue/store,atomics@0.2.0-draft?backend=memory&bucket=a%20b")).toEqual({
      namespace: "wasi",
      package: "keyvalue",
      version: "0.2.0-draft",
      interfaces: ["store", "atomics"],
      config: { backend: "memory", bucket: "a b" },
    });
  });

  test("a restart changes the template and nothing else", () => {
    const manifest = {
      kind: "WorkloadDeployment",
      spec: { replicas: 2, template: { annotations: { a: "b" }, spec: {} } },
    };
    const annotations = { a: "b", "holdfast.dev/restarted-at": "2026-11-21T00:00:00.000Z" };
    expect(restarted(manifest, new Date("2026-11-21"))).toEqual({
      kind: "WorkloadDeployment",
      spec: { replicas: 2, template: { annotations, spec: {} } },
    });
  });
});
