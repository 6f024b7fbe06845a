import type { CoreSignature } from "../core-module/waiting-module.ts";
import { concatFlat } from "../types/layout.ts";
import type { FunctionType } from "../types/value-types.ts";

/**
 * The core type of a lowered function.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#flattening
 */
export function coreSignature({ params, result }: FunctionType): CoreSignature {
  // more than 16 lie in memory
  const flat = concatFlat(params.map((param) => param.type)) ?? ["i32"];
  const [returned, second] = result?.flat ?? [];
  const isInMemory = result !== undefined && (returned === undefined || second !== undefined);
  return isInMemory ? { params: [...flat, "i32"], result: undefined } : { params: flat, result: returned };
}
