import { describe, expect, test } from "vitest";
import { parseProjectFile } from "../project/project-file.ts";
import { devWorkload } from "./dev-workload.ts";
import { isMade } from "./watch-project.ts";

const settings =
  "build: { command: x, component_path: a.wasm }\ndev: { volumes: [{ host_path: data, guest_path: /data }] }";
const { build, dev } = parseProjectFile(settings, "config.yaml");
const project = { folder: "/p", file: "config.yaml", build, dev, componentPath: "/p/a.wasm" };
const items = (...names: string[]) => names.map((name) => ({ kind: "instance" as const, name, items: [] }));

describe("holdfast dev", () => {
  test("gives the components what they import from the host, and not what they export to each other", () => {
    const api = {
      imports: items("wasi:io/streams@0.2.10", "wasi:keyvalue/store@0.2.0-draft", "team:tools/greeter@1.0.0"),
      exports: items("wasi:http/incoming-handler@0.2.10"),
    };
    const greeter = { imports: [], exports: items("team:tools/greeter@1.0.0") };
    const workload = devWorkload(project, "shop", [
      { name: "shop", path: "/p/a.wasm", world: api },
      { name: "greeter", path: "/p/g.wasm", world: greeter },
    ]);
    expect(workload.witWorld?.hostInterfaces).toEqual([
      {
        namespace: "wasi",
        package: "keyvalue",
        version: "0.2.0-draft",
        interfaces: ["store"],
        config: { backend: "memory" },
      },
      { namespace: "wasi", package: "http", version: "", interfaces: ["incoming-handler"], config: {} },
    ]);
    expect(workload.witWorld?.components).toMatchObject([{ image: "file:///p/a.wasm" }, { image: "file:///p/g.wasm" }]);
    expect(workload.volumes).toEqual([{ name: "volume-0", hostPath: { localPath: "/p/data" } }]);
  });

  test("runs what only exports wasi:cli/run as the service", () => {
    const world = { imports: [], exports: items("wasi:cli/run@0.2.10") };
    const workload = devWorkload(project, "clock", [{ name: "clock", path: "/p/a.wasm", world }]);
    expect(workload).toMatchObject({ service: { image: "file:///p/a.wasm" }, witWorld: { components: [] } });
  });

  test.for([
    ["component.ts", false],
    ["wit/world.wit", false],
    ["src/lib.rs", false],
    ["node_modules/x/index.js", true],
    ["target/debug/a", true],
    ["generated/wit.d.ts", true],
    ["hello.wasm", true],
    ["Cargo.lock", true],
  ] as const)("takes %s for made by the build: %s", ([file, made]) => {
    expect(isMade(file)).toBe(made);
  });
});
