/** `holdfast call`: one function of a component, here and now, with what WASI gives to a program without files or network. */
import {
  compileComponent,
  ComponentError,
  type ComponentInstance,
  type FunctionType,
  instantiate,
  LinkError,
  Trap,
  type WorldItem,
} from "@holdfast/component-host";
import { ComponentExit, createWasi } from "@holdfast/wasi";
import type { Command, CommandContext } from "../command.ts";
import { componentArgument, componentOptions, readComponent } from "../component/component-bytes.ts";
import { functionText } from "../component/wit-text.ts";
import { worldOf } from "../component/world.ts";
import { CliError, UsageError } from "../errors.ts";
import { keyValues } from "../key-values.ts";
import { parseWave, WaveError } from "../wave/parse.ts";
import { printWave, toJson } from "../wave/print.ts";

export const callCommand: Command = {
  name: "call",
  summary: "call an exported function of a component, on this machine",
  details:
    'Values are written in WAVE: 42, true, "text", [1, 2], {name: "a"}, some(1), ok(2), circle(1.5); a text needs no quotes.\n' +
    "The component gets core WASI without files and network: of other interfaces it says which is missing. Its output goes to stderr.",
  positionals: [
    componentArgument,
    { name: "FUNCTION", help: "INTERFACE#FUNCTION, or its name alone where that is clear" },
    { name: "VALUE", help: "an argument; after -- also negative numbers", optional: true, rest: true },
  ],
  options: {
    ...componentOptions,
    env: { value: "KEY=VALUE", multiple: true, help: "of the component's environment" },
  },
  examples: [
    "holdfast call hello.wasm greet world",
    "holdfast call math.wasm local:math/ops#add -- 2 -5",
    "holdfast call tool.wasm run",
  ],
  async run(context) {
    const [name = "", wanted = "", ...values] = context.positionals;
    const bytes = await readComponent(context, name);
    const target = findFunction(worldOf(bytes, name).exports, wanted);
    const args = parseArguments(target, values);
    const outcome = await callFunction(context, bytes, target, args);
    const { result } = target.type;
    const text = result === undefined ? "" : printWave(outcome, result);
    context.output.result(
      { function: target.path, result: toJson(outcome), wave: text },
      text || `${target.path} returned nothing`,
    );
    if (result?.kind === "result" && isError(outcome)) throw new CliError(`${target.path} answered with an error`);
  },
};

type Target = {
  readonly path: string;
  readonly interface?: string;
  readonly name: string;
  readonly type: FunctionType;
};

/** Throws UsageError that lists what there is. */
export function findFunction(exports: readonly WorldItem[], wanted: string): Target {
  const all = exports.flatMap((item): Target[] => {
    if (item.kind === "func") return [{ path: item.name, name: item.name, type: item.type }];
    if (item.kind !== "instance") return [];
    return item.items.flatMap((each) =>
      each.kind === "func" && !each.name.startsWith("[")
        ? [{ path: `${item.name}#${each.name}`, interface: item.name, name: each.name, type: each.type }]
        : [],
    );
  });
  const exact = all.filter(({ path }) => path === wanted);
  const found =
    exact.length > 0 ? exact : all.filter(({ path, name }) => name === wanted || path.replace(/@[^#]*/, "") === wanted);
  const [target, another] = found;
  if (target !== undefined && another === undefined) return target;
  const listed = (found.length > 1 ? found : all).map(({ path }) => path).join(", ") || "no function";
  throw new UsageError(
    `FUNCTION: ${target === undefined ? `there is no ${wanted}` : `${wanted} is not clear`}; the component exports ${listed}`,
  );
}

function parseArguments({ path, type }: Target, values: readonly string[]): unknown[] {
  if (values.length !== type.params.length) {
    throw new UsageError(`${path} takes ${type.params.length} values, not ${values.length}: ${functionText(type)}`);
  }
  return type.params.map(({ name, type: param }, index) => {
    try {
      return parseWave(values[index] ?? "", param);
    } catch (error) {
      if (error instanceof WaveError) throw new UsageError(`${name}: ${error.message}`);
      throw error;
    }
  });
}

/** What it returned; of a `result`, `{ tag, val }`. */
async function callFunction(
  context: CommandContext,
  bytes: Uint8Array,
  target: Target,
  args: readonly unknown[],
): Promise<unknown> {
  const print = (line: string) => context.output.raw(`${line}\n`);
  const environment = keyValues("--env", context.options.list("env"));
  const wasi = createWasi({ cli: { environment, stdout: print, stderr: print } });
  const isResult = target.type.result?.kind === "result";
  try {
    const instance = instantiate(await compileComponent(bytes), wasi.imports);
    const value = await functionOf(instance, target)(...args);
    return isResult ? { tag: "ok", val: value } : value;
  } catch (error) {
    // `exit` with 0 is how a program ends well
    if (error instanceof ComponentExit && error.code === 0) return isResult ? { tag: "ok" } : undefined;
    if (isResult && error instanceof ComponentError) return { tag: "err", val: error.payload };
    throw explained(error, target);
  } finally {
    wasi.reset();
  }
}

function functionOf(instance: ComponentInstance, { interface: name, name: wanted }: Target) {
  const key = wanted.replaceAll(/-([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const found = name === undefined ? instance.exports[key] : instance.getInterface(name)[key];
  if (typeof found !== "function") throw new LinkError(`the component does not export the function \`${wanted}\``);
  return found;
}

function explained(error: unknown, { path }: Target): unknown {
  if (error instanceof LinkError) {
    return new CliError(
      `${error.message}; here a component gets core WASI only: deploy it with holdfast apply to give it more`,
      { cause: error },
    );
  }
  if (error instanceof ComponentExit)
    return new CliError(`${path} ended the program with exit code ${error.code}`, { cause: error });
  if (error instanceof Trap) return new CliError(`${path} trapped: ${error.message}`, { cause: error });
  return error;
}

const isError = (outcome: unknown) =>
  typeof outcome === "object" && outcome !== null && "tag" in outcome && outcome.tag === "err";
