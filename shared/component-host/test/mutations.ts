import * as fc from "fast-check";
import {
  compileComponent,
  instantiate,
  LinkError,
  MalformedComponent,
  parseComponent,
  Trap,
  UnsupportedComponent,
} from "../src/index.ts";

/** One change of a binary. `at` is a share of its length. */
type Mutation =
  | { readonly kind: "byte"; readonly at: number; readonly value: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "remove"; readonly at: number; readonly length: number }
  | { readonly kind: "copy"; readonly at: number; readonly from: number; readonly length: number }
  | { readonly kind: "truncate"; readonly at: number };

const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
/** Numbers on which parsers stumble: type codes, the largest counts, the signs of LEB128. */
const awkward = fc.constantFrom(
  Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x0f]),
  Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x7f]),
  Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x00]),
  Uint8Array.from([0x00]),
  Uint8Array.from([0x7f]),
  Uint8Array.from([0x40]),
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("byte" as const), at: position, value: fc.nat(255) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("insert" as const),
      at: position,
      bytes: fc.oneof(awkward, fc.uint8Array({ maxLength: 8 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: position, length: fc.nat(8) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("copy" as const), at: position, from: position, length: fc.nat(64) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("truncate" as const), at: position }) },
);

/** A few changes in a row. */
export const mutations = fc.array(mutation, { minLength: 1, maxLength: 5 });

/** The binary with the changes made; those that begin after `keep` bytes leave the header alone. */
export function mutate(bytes: Uint8Array, changes: readonly Mutation[], keep = 8): Uint8Array {
  let mutated = Buffer.from(bytes);
  for (const change of changes) mutated = apply(mutated, change, keep);
  return new Uint8Array(mutated);
}

function apply(bytes: Buffer, change: Mutation, keep: number): Buffer<ArrayBuffer> {
  const offset = (share: number) => Math.min(bytes.length, keep + Math.floor(share * Math.max(0, bytes.length - keep)));
  const at = offset(change.at);
  const before = bytes.subarray(0, at);
  switch (change.kind) {
    case "byte":
      return Buffer.concat([before, Uint8Array.from([change.value]), bytes.subarray(at + 1)]);
    case "insert":
      return Buffer.concat([before, change.bytes, bytes.subarray(at)]);
    case "remove":
      return Buffer.concat([before, bytes.subarray(at + change.length)]);
    case "copy": {
      const from = offset(change.from);
      return Buffer.concat([before, bytes.subarray(from, from + change.length), bytes.subarray(at + change.length)]);
    }
    default:
      return Buffer.from(before);
  }
}

const refusals = [MalformedComponent, UnsupportedComponent];

/** True when the bytes were read; throws what is neither that nor a refusal. */
export function parsesOrRefuses(bytes: Uint8Array): boolean {
  try {
    parseComponent(bytes);
    return true;
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal)) return false;
    throw error;
  }
}

const anyFunction: unknown = new Proxy(() => undefined, {
  get: (_, name) => (name === "then" ? undefined : anyFunction),
});
const anyInterface = new Proxy({}, { get: () => anyFunction });

/** Compiles and instantiates with imports that answer nothing; throws what is no error of ours. */
export async function instantiatesOrRefuses(bytes: Uint8Array): Promise<void> {
  try {
    const compiled = await compileComponent(bytes, { memoryMaxBytes: 1024 * 1024 });
    const imports = Object.fromEntries(compiled.imports.map((item) => [item.name, anyInterface]));
    instantiate(compiled, imports);
  } catch (error) {
    if (![...refusals, LinkError, Trap].some((refusal) => error instanceof refusal)) throw error;
  }
}
