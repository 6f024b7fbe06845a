import { kinds } from "@holdfast/manifests";
import { describe, expect, test } from "vitest";
import { backOffMs } from "./back-off.ts";
import { loginFor } from "./pull-secret.ts";
import { missingReference, startRequest, type Values } from "./start-request.ts";

function workload(spec: object) {
  const metadata = { name: "w", namespace: "shop", annotations: { note: "x" } };
  return kinds.Workload.parse({ apiVersion: "runtime.wasmcloud.dev/v1alpha1", kind: "Workload", metadata, spec });
}
const values: Values = {
  config: (name) => ({ one: { A: "config one", B: "config one" }, two: { B: "config two" } })[name],
  secret: (name) => ({ hidden: { B: "secret" } })[name],
};

describe("a start request", () => {
  test("has the values of later sources over earlier ones, for components, services and interfaces", () => {
    const layer = {
      config: { A: "inline", C: "inline" },
      configFrom: [{ name: "one" }, { name: "two" }],
      secretFrom: [{ name: "hidden" }],
    };
    const part = { image: "i", localResources: { environment: layer, memoryLimitMb: 8 } };
    const hostInterfaces = [{ namespace: "wasi", package: "config", interfaces: ["store"], ...layer }];
    const request = startRequest(
      "id",
      workload({ components: [{ name: "c", ...part }], service: { ...part, maxRestarts: 3 }, hostInterfaces }),
      values,
    );
    const all = { A: "config one", B: "secret", C: "inline" };
    const { service, witWorld } = request.workload ?? {};
    expect(witWorld?.components?.[0]).toMatchObject({ localResources: { environment: all, memoryLimitMb: 8 } });
    expect(service).toMatchObject({ maxRestarts: 3, localResources: { environment: all } });
    expect(witWorld?.hostInterfaces?.[0]?.config).toEqual(all);
  });

  test("carries volumes, pull policies, isolation and the names of a Kubernetes Service in the protocol's words", () => {
    const spec = {
      isolation: "process",
      kubernetes: { service: { name: "web" } },
      volumes: [
        { name: "a", ephemeral: {} },
        { name: "b", hostPath: { path: "/srv" } },
      ],
      components: [{ name: "c", image: "i", imagePullPolicy: "IfNotPresent", poolSize: 2 }],
      hostInterfaces: [{ namespace: "wasi", package: "http", interfaces: ["incoming-handler"] }],
    };
    expect(startRequest("id", workload(spec), values).workload).toMatchObject({
      annotations: { note: "x", "holdfast.dev/isolation": "process" },
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "b", hostPath: { localPath: "/srv" } },
      ],
      witWorld: {
        components: [{ name: "c", poolSize: 2, imagePullPolicy: "IMAGE_PULL_POLICY_IF_NOT_PRESENT" }],
        hostInterfaces: [{ config: { "host-aliases": "web,web.shop,web.shop.svc" } }],
      },
    });
  });

  test("waits for what it refers to", () => {
    const spec = { components: [{ name: "c", image: "i", imagePullSecret: { name: "login" } }] };
    expect(missingReference(workload(spec), () => false)).toBe("Secret shop/login does not exist: apply it");
    expect(missingReference(workload(spec), () => true)).toBeUndefined();
  });
});

describe("a pull secret", () => {
  const auth = Buffer.from("ada:love:lace").toString("base64");
  const docker = { ".dockerconfigjson": JSON.stringify({ auths: { "r.example": { auth } } }) };
  test.for<[string, string, Record<string, string>, unknown]>([
    ["gives what it has for the image's registry", "r.example/c:1", docker, { username: "ada", password: "love:lace" }],
    ["gives nothing for another registry", "other.example/c:1", docker, undefined],
    [
      "with a name and a password is for any",
      "other.example/c:1",
      { username: "a", password: "b" },
      { username: "a", password: "b" },
    ],
    ["that is no docker configuration gives nothing", "r.example/c:1", { ".dockerconfigjson": "nonsense" }, undefined],
  ])("%s", ([, image, secret, login]) => {
    expect(loginFor(image, secret)).toEqual(login);
  });
});

test("a back-off doubles from 1 s to 5 min, give or take a quarter", () => {
  const waits = [1, 2, 3, 20].map((failures) => backOffMs(failures, "uid"));
  for (const [index, plain] of [1_000, 2_000, 4_000, 300_000].entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(plain * 0.75);
    expect(waits[index]).toBeLessThanOrEqual(plain * 1.25);
  }
});
