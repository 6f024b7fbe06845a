import { parseComponent } from "./plan/make-plan.ts";
import type { ParseLimits } from "./limits.ts";
import type { ComponentPlan, WorldItem } from "./plan/plan.ts";
import { MalformedComponent } from "./errors.ts";
import { checkSignatures } from "./core-module/check-signatures.ts";
import { stateChanges } from "./core-module/hidden-state.ts";
import { patchModule } from "./core-module/patch.ts";
import { type CoreModule, webAssembly } from "./web-assembly.ts";

export interface CompileOptions {
  /** Most that each memory of the component may grow to, bytes; 256 MiB unless given. */
  readonly memoryMaxBytes?: number;
  /** Most elements that each of its tables may grow to; 1,000,000 unless given. */
  readonly tableMaxElements?: number;
  readonly limits?: Partial<ParseLimits>;
}

/** A component ready to be instantiated any number of times. Holds the compiled code; immutable. */
export interface CompiledComponent {
  readonly plan: ComponentPlan;
  /** What it asks of the host, in order: instances (`wasi:io/streams@0.2.6`), functions, types. */
  readonly imports: readonly WorldItem[];
  /** What it offers. */
  readonly exports: readonly WorldItem[];
  readonly modules: readonly CoreModule[];
  /** False when the code can change state that a snapshot does not hold: then every call takes an instance of its own. */
  readonly isRestorable: boolean;
  /** Some memory of it may grow; only told where it is restorable. */
  readonly mayGrow: boolean;
}

/**
 * Reads a component and compiles its core modules.
 * Throws `MalformedComponent` or `UnsupportedComponent`, as `parseComponent` does.
 */
export async function compileComponent(bytes: Uint8Array, options: CompileOptions = {}): Promise<CompiledComponent> {
  const plan = parseComponent(bytes, options.limits);
  checkSignatures(plan);
  const patch = {
    memoryMaxBytes: options.memoryMaxBytes ?? 256 * 1024 * 1024,
    tableMaxElements: options.tableMaxElements ?? 1_000_000,
  };
  const patched = plan.modules.map((module) => patchModule(module, patch));
  const compiling = Promise.all(patched.map(compileModule));
  // nobody waits for V8, which compiles on threads of its own, when what is read meanwhile can not be
  compiling.catch(() => undefined);
  const changes = plan.modules.map((module) => stateChanges(module));
  const modules = await compiling;
  // the binaries of the modules are not needed again, and can be large
  const { imports, exports } = plan;
  return {
    plan: { ...plan, modules: [] },
    imports,
    exports,
    modules,
    isRestorable: changes.every(({ areVisible }) => areVisible),
    mayGrow: changes.some(({ growMemory }) => growMemory),
  };
}

async function compileModule(bytes: Uint8Array): Promise<CoreModule> {
  try {
    return await webAssembly.compile(bytes);
  } catch (error) {
    if (!(error instanceof webAssembly.CompileError)) throw error;
    throw new MalformedComponent(error.message, { offset: 0, section: "core module" });
  }
}
