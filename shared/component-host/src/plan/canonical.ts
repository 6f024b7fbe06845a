import type { CanonOptions, DefinitionBody } from "../binary/definitions.ts";
import { concatFlat, type Layout } from "../types/layout.ts";
import type { FunctionType } from "../types/value-types.ts";
import type { Expansion } from "./expansion.ts";
import { malformed } from "./scope.ts";
import { resolveResource } from "./value-types.ts";

type Body<K extends DefinitionBody["kind"]> = Extract<DefinitionBody, { readonly kind: K }>;

/** `canon lift`: a core function becomes a component function. */
export function addLift(expansion: Expansion, body: Body<"lift">, offset: number): void {
  const { builder, scope } = expansion;
  const { type } = scope.at("type", body.type, offset);
  if (type.kind !== "func") throw malformed(`type ${body.type} is a ${type.kind}, not a function type`, offset);
  const core = scope.at("core func", body.func, offset).ref;
  const { postReturn } = body.options;
  // parameters are written into the guest, the result is read from it
  checkOptions(body.options, { writes: paramNeeds(type), reads: resultNeeds(type) }, offset);
  const func = builder.addLiftedFunction({
    type,
    core,
    context: addContext(expansion, body.options, offset),
    postReturn: postReturn === undefined ? undefined : scope.at("core func", postReturn, offset).ref,
  });
  scope.add({ sort: "func", type, func });
}

/** `canon lower`: a component function becomes a core function. */
export function addLower(expansion: Expansion, body: Body<"lower">, offset: number): void {
  const { builder, scope } = expansion;
  const { func, type } = scope.at("func", body.func, offset);
  if (body.options.postReturn !== undefined) throw malformed("post-return is an option of lift only", offset);
  checkLowerOptions(body.options, type, offset);
  const context = addContext(expansion, body.options, offset);
  scope.add({ sort: "core func", ref: builder.addCoreFunction({ kind: "lower", func, type, context }) });
}

/** `resource.new`, `resource.drop`, `resource.rep`. */
export function addResourceFunction(
  { builder, scope, instance }: Expansion,
  kind: "resource.new" | "resource.drop" | "resource.rep",
  index: number,
  offset: number,
): void {
  const resource = resolveResource(index, { scope, offset, maxTypeDepth: builder.limits.maxTypeDepth });
  if (kind !== "resource.drop" && resource.definedBy !== instance) {
    throw malformed(`${kind} of a resource that this component does not define`, offset);
  }
  const func = { kind, resource, componentInstance: instance };
  scope.add({ sort: "core func", ref: builder.addCoreFunction(func) });
}

/** What values need of the guest: memory to lie in, and room of their own. */
interface Needs {
  readonly memory: boolean;
  readonly realloc: boolean;
}

const isSpilled = (parts: readonly Layout[]) => concatFlat(parts) === undefined;

function paramNeeds(type: FunctionType): Needs {
  const types = type.params.map((param) => param.type);
  const pointers = types.some((one) => one.hasPointer);
  const memory = pointers || isSpilled(types);
  return { memory, realloc: memory };
}

function resultNeeds({ result }: FunctionType): Needs {
  const memory = result !== undefined && (result.hasPointer || (result.flat?.length ?? 2) > 1);
  return { memory, realloc: result?.hasPointer === true };
}

function checkLowerOptions(options: CanonOptions, type: FunctionType, offset: number): void {
  checkOptions(options, { reads: paramNeeds(type), writes: resultNeeds(type) }, offset);
}

function checkOptions(options: CanonOptions, needs: { reads: Needs; writes: Needs }, offset: number): void {
  if ((needs.reads.memory || needs.writes.memory) && options.memory === undefined) {
    throw malformed("the function's values need the option memory", offset);
  }
  if (needs.writes.realloc && options.realloc === undefined) {
    throw malformed("the function's values need the option realloc", offset);
  }
}

function addContext({ builder, scope, instance }: Expansion, options: CanonOptions, offset: number): number {
  const { memory, realloc, encoding } = options;
  return builder.addContext({
    componentInstance: instance,
    encoding,
    memory: memory === undefined ? undefined : scope.at("core memory", memory, offset).ref,
    realloc: realloc === undefined ? undefined : scope.at("core func", realloc, offset).ref,
  });
}
