import type { CoreSignature } from "../core-module/waiting-module.ts";
import { concatFlat, type FlatType } from "../types/layout.ts";
import type { FunctionType } from "../types/value-types.ts";

/**
 * The core type of a lowered function: its caller says where a result goes that is more than one core value.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#flattening
 */
export function coreSignature(type: FunctionType): CoreSignature {
  const params = flatParams(type);
  if (isInMemory(type)) return { params: [...params, "i32"], result: undefined };
  return { params, result: type.result?.flat?.[0] };
}

/** The core type of a function that is lifted: it answers with where such a result lies. */
export function liftedSignature(type: FunctionType): CoreSignature {
  return { params: flatParams(type), result: isInMemory(type) ? "i32" : type.result?.flat?.[0] };
}

/** More than 16 lie in memory. */
const flatParams = ({ params }: FunctionType): readonly FlatType[] =>
  concatFlat(params.map((param) => param.type)) ?? ["i32"];

const isInMemory = ({ result }: FunctionType): boolean => result !== undefined && result.flat?.length !== 1;
