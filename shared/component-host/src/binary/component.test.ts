import { describe, expect, test } from "vitest";
import { MalformedComponent, UnsupportedComponent } from "../errors.ts";
import { parseComponent } from "../plan/make-plan.ts";

const header = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const component = (...sections: number[]) => Uint8Array.from([...header, ...sections]);

describe("parseComponent", () => {
  test("accepts an empty component", () => {
    expect(parseComponent(component())).toMatchObject({ imports: [], exports: [], componentInstances: 1 });
  });

  test.for<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(), "unexpected end (in header, at offset 0x0)"],
    ["other bytes", new TextEncoder().encode("hello, world"), "expected the magic number of WebAssembly"],
    ["a core module", Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), "this is a core module, not a component"],
    ["an unknown section", component(0x63, 0x00), "unknown section 99 (in section 99, at offset 0xa)"],
    ["a section beyond the end", component(0x07, 0x7f), "127 bytes announced, 0 left"],
    ["bytes after a section's entries", component(0x06, 0x02, 0x00, 0x00), "1 bytes left over at the end"],
    ["more entries than bytes", component(0x07, 0x05, 0xff, 0xff, 0xff, 0xff, 0x0f), "4294967295 elements announced"],
    ["an integer of too many bits", component(0x07, 0x05, 0xff, 0xff, 0xff, 0xff, 0x1f), "does not fit 32 bits"],
    ["an unknown type", component(0x07, 0x02, 0x01, 0x4f), "unknown type 0x4f (in type section, at offset 0xb)"],
    ["an empty record", component(0x07, 0x03, 0x01, 0x72, 0x00), "a type without a field"],
    ["a type index that does not exist", component(0x07, 0x03, 0x01, 0x70, 0x05), "there is no type 5, only 0 of them"],
    ["a name that is not UTF-8", component(0x07, 0x05, 0x01, 0x6d, 0x01, 0x01, 0xff), "name is not valid UTF-8"],
    ["a name that is not kebab-case", component(0x07, 0x05, 0x01, 0x6d, 0x01, 0x01, 0x5f), "is not kebab-case"],
  ])("refuses %s, and says where", ([, bytes, message]) => {
    expect(() => parseComponent(bytes)).toThrow(MalformedComponent);
    expect(() => parseComponent(bytes)).toThrow(message);
  });

  test.for<[string, Uint8Array, string]>([
    ["a stream type", component(0x07, 0x03, 0x01, 0x66, 0x00), "stream is not supported"],
    ["an async function type", component(0x07, 0x05, 0x01, 0x43, 0x00, 0x01, 0x00), "an async function type"],
    [
      "an asynchronous canonical function",
      component(0x08, 0x02, 0x01, 0x09),
      "the asynchronous canonical function 0x9",
    ],
    ["a start function", component(0x09, 0x03, 0x00, 0x00, 0x00), "a start function is not supported"],
  ])("names %s as unsupported", ([, bytes, message]) => {
    expect(() => parseComponent(bytes)).toThrow(UnsupportedComponent);
    expect(() => parseComponent(bytes)).toThrow(message);
  });
});
