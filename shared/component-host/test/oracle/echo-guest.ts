/** A component whose every export hands its arguments to the import of the same name, and returns what that returns. */
import type { GuestSource, StringEncoding } from "@holdfast/guests";
import { flatten, interfaceText, type WitFunction, word } from "./wit-type.ts";

/** More than this many flat parameters go through memory. */
const maxFlatParams = 16;
const name = "holdfast:guests/zoo";
/** In the kit's memory: where it puts texts together, 56 KiB that nothing else here uses. */
const resultArea = 8192;

export function echoGuest(functions: readonly WitFunction[], encoding: StringEncoding = "utf8"): GuestSource {
  const parts = functions.map(echo);
  const text = `(module
${parts.map((part) => part.imported).join("\n")}
;; include kit/memory.wat
(func $done (param i32) (global.set $heap (i32.const 65536)))
${parts.map((part) => part.exported).join("\n")})`;
  const wit = `${interfaceText("zoo", functions)}\nworld guest { import zoo; export zoo; }`;
  return { language: "core-wat", text, wit, encoding };
}

function echo({ params, result }: WitFunction, index: number): { imported: string; exported: string } {
  const flat = params.flatMap(flatten);
  const core = flat.length > maxFlatParams ? ["i32"] : flat;
  const results = result ? flatten(result) : [];
  const byPointer = results.length > 1;
  const label = word(index);
  const given = core.map((_, i) => `(local.get ${i})`).join(" ");
  const signature = (types: readonly string[], returned: readonly string[]) =>
    `(param ${types.join(" ")}) (result ${returned.join(" ")})`;
  const imported = `(import "${name}" "${label}" (func $${label} ${signature([...core, ...(byPointer ? ["i32"] : [])], byPointer ? [] : results)}))`;
  const area = `(i32.const ${resultArea})`;
  const body = byPointer ? `(call $${label} ${given} ${area}) ${area}` : `(call $${label} ${given})`;
  const exported = `(func (export "${name}#${label}") ${signature(core, byPointer ? ["i32"] : results)} ${body})`;
  const after = byPointer ? `\n(export "cabi_post_${name}#${label}" (func $done))` : "";
  return { imported, exported: exported + after };
}
