import { describe, expect, test } from "vitest";
import { areCompatible, parseInterfaceName } from "./interface-name.ts";
import { type ComponentShape, LinkFailed, mayRequest, planLinks, unknownInterfaces } from "./link-plan.ts";

const entry = (namespace: string, name: string, interfaces: string[], version = "") => {
  return { namespace, package: name, version, interfaces, config: {}, name: "" };
};
const keyvalue = entry("wasi", "keyvalue", ["store", "atomics"], "0.2.0-draft");
const http = entry("wasi", "http", ["incoming-handler", "outgoing-handler", "types"], "0.2.6");
const blobstore = entry("wasi", "blobstore", ["types", "container", "blobstore"], "0.2.0-draft");
const plugins = [
  { plugin: "wasi-keyvalue", imports: [keyvalue] },
  { plugin: "wasi-blobstore", imports: [blobstore] },
];
const component = (name: string, imports: string[], exports: string[] = []): ComponentShape => ({
  name,
  imports,
  exports,
});
const plan = (components: ComponentShape[], declared = [] as ReturnType<typeof entry>[]) =>
  planLinks({ components, declared, plugins, host: [http] });

describe("a component's import", () => {
  test("of core WASI needs no declaration", () => {
    const name = "wasi:io/streams@0.2.3";
    expect(plan([component("a", [name])]).sources).toEqual({ a: { [name]: { kind: "host" } } });
  });

  test("is satisfied by a plugin when it is declared", () => {
    const name = "wasi:keyvalue/store@0.2.0-draft2";
    expect(plan([component("a", [name])], [entry("wasi", "keyvalue", ["store"])]).sources["a"]).toEqual({
      [name]: { kind: "plugin", plugin: "wasi-keyvalue" },
    });
  });

  test("that is not declared fails with wasmCloud's words, naming component and import", () => {
    const links = () =>
      plan([component("counter", ["wasi:keyvalue/atomics@0.2.0-draft"])], [entry("wasi", "keyvalue", ["store"])]);
    expect(links).toThrow(LinkFailed);
    expect(links).toThrow(
      "component `counter`: component imports instance `wasi:keyvalue/atomics@0.2.0-draft`, but a matching implementation was not " +
        "found in the linker: the workload does not declare it under hostInterfaces",
    );
  });

  test.for(["acme:secret/vault@1.0.0", "wasi:keyvalue/store@0.3.0", "wasi:http/types@0.3.0", "run"])(
    "of %s, which nobody offers, fails",
    (name) => {
      expect(() => plan([component("a", [name])], [entry("acme", "secret", [])])).toThrow(
        "but a matching implementation was not found",
      );
    },
  );

  test("of what blobstore gives and takes comes with a declared blobstore, as in wasmCloud's manifests", () => {
    const imports = ["types", "container", "blobstore"].map((name) => `wasi:blobstore/${name}@0.2.0-draft`);
    const declared = [entry("wasi", "blobstore", ["blobstore"])];
    expect(Object.keys(plan([component("a", imports)], declared).sources["a"] ?? {})).toEqual(imports);
    expect(() => plan([component("a", imports)])).toThrow("the workload does not declare it");
  });

  test.for(["types", "outgoing-handler"])("of wasi:http/%s comes with any interface of wasi:http", (name) => {
    const wanted = `wasi:http/${name}@0.2.0`;
    const declared = [entry("wasi", "http", ["incoming-handler"])];
    expect(plan([component("a", [wanted])], declared).sources["a"]).toEqual({ [wanted]: { kind: "host" } });
    expect(() => plan([component("a", [wanted])])).toThrow("does not declare it");
  });

  test("is satisfied by another component of the workload, before the host", () => {
    const { sources, order } = plan([
      component("front", ["acme:greet/words@1.2.0"]),
      component("words", [], ["acme:greet/words@1.0.0"]),
    ]);
    expect(sources["front"]).toEqual({
      "acme:greet/words@1.2.0": { kind: "component", component: "words", export: "acme:greet/words@1.0.0" },
    });
    expect(order).toEqual(["words", "front"]);
  });

  test("in a circle fails", () => {
    const a = component("a", ["x:y/b"], ["x:y/a"]);
    const b = component("b", ["x:y/a"], ["x:y/b"]);
    expect(() => plan([a, b])).toThrow("components import from each other in a circle: a -> b -> a");
  });
});

describe("a declared interface", () => {
  test("that the host does not have is told, and only that", () => {
    expect(unknownInterfaces([entry("wasi", "blobstore", ["container"])], [keyvalue])).toEqual([
      "hostInterfaces: this host does not offer wasi:blobstore/container, which no component imports",
    ]);
    expect(unknownInterfaces([entry("wasi", "keyvalue", ["store", "batch"], "0.2.0-draft")], [keyvalue])).toEqual([
      "hostInterfaces: this host does not offer wasi:keyvalue/batch@0.2.0-draft, which no component imports",
    ]);
    expect(unknownInterfaces([entry("wasi", "keyvalue", [], "0.3.0")], [keyvalue])).toHaveLength(1);
    expect(
      unknownInterfaces([entry("wasi", "keyvalue", ["store"]), entry("wasi", "keyvalue", [])], [keyvalue]),
    ).toEqual([]);
  });

  test.for([
    [["incoming-handler"], false],
    [["incoming-handler", "outgoing-handler"], true],
    [[], true],
  ] as const)("of wasi:http with %j lets requests out: %s", ([interfaces, expected]) => {
    expect(mayRequest([entry("wasi", "http", [...interfaces])])).toBe(expected);
  });
});

test.for([
  ["0.2.0", "0.2.6", true],
  ["0.2.0-draft", "0.2.0", true],
  ["0.2.0-rc.1", "0.2.0-draft", true],
  ["0.2.0", "0.3.0", false],
  ["1.0.0", "1.4.2", true],
  ["1.0.0", "2.0.0", false],
  ["0.0.1", "0.0.2", false],
  ["", "0.2.0", true],
] as const)("versions %s and %s are compatible: %s", ([one, other, expected]) => {
  expect(areCompatible(one, other)).toBe(expected);
});

test("parseInterfaceName takes a name apart", () => {
  expect(parseInterfaceName("wasi:http/incoming-handler@0.2.0-rc-1")).toEqual({
    namespace: "wasi",
    package: "http",
    interface: "incoming-handler",
    version: "0.2.0-rc-1",
  });
  expect(parseInterfaceName("run")).toBeUndefined();
});
