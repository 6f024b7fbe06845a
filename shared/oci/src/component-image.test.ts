import { describe, expect, test } from "vitest";
import { describeComponent } from "./component-image.ts";
import { digestOf } from "./digest.ts";
import { parseManifest } from "./manifest.ts";

const component = Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
const coreModule = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const json = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

describe("describeComponent", () => {
  test("makes the CNCF layout for a component", () => {
    const world = { imports: ["wasi:io/streams@0.2.6"], exports: ["wasi:http/incoming-handler@0.2.6"] };
    const { config, manifest } = describeComponent(component, { world, author: "me", annotations: { a: "b" } });
    expect(json(config)).toEqual({
      created: "1970-01-01T00:00:00.000Z",
      author: "me",
      architecture: "wasm",
      os: "wasip2",
      layerDigests: [digestOf(component)],
      component: world,
    });
    expect(parseManifest(manifest)).toMatchObject({
      kind: "image",
      image: {
        config: { mediaType: "application/vnd.wasm.config.v0+json", digest: digestOf(config), size: config.length },
        layers: [{ mediaType: "application/wasm", digest: digestOf(component), size: 8 }],
        annotations: { a: "b" },
      },
    });
  });

  test("makes a core module one of wasip1, without a world", () => {
    expect(json(describeComponent(coreModule).config)).toMatchObject({ os: "wasip1" });
    expect(json(describeComponent(coreModule).config)).not.toHaveProperty("component");
  });

  test("gives the same bytes the same digest, whenever", () => {
    expect(digestOf(describeComponent(component).manifest)).toBe(digestOf(describeComponent(component).manifest));
  });

  test("refuses what is no WebAssembly", () => {
    expect(() => describeComponent(Buffer.from("#!/bin/sh\n"))).toThrow(/neither/);
  });
});
