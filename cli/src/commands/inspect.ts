/** `holdfast inspect`: what a component imports and exports, from its binary alone. */
import { MalformedComponent, parseComponent, UnsupportedComponent, type WorldItem } from "@holdfast/component-host";
import type { Command } from "../command.ts";
import { componentArgument, componentOptions, readComponent } from "../component/component-bytes.ts";
import { functionText } from "../component/wit-text.ts";
import { CliError } from "../errors.ts";
import { formatBytes } from "../units.ts";

export const inspectCommand: Command = {
  name: "inspect",
  summary: "show a component's WIT world: what it imports and exports",
  details: "Read from the binary alone; nothing of it runs. --functions shows the functions of each interface.",
  positionals: [{ ...componentArgument, help: `${componentArgument.help} (default: this project)`, optional: true }],
  options: { ...componentOptions, functions: { help: "with the functions of each interface" } },
  examples: ["holdfast inspect hello.wasm", "holdfast inspect oci://ghcr.io/team/hello:1.0.0 --functions"],
  async run(context) {
    const [name = "."] = context.positionals;
    const bytes = await readComponent(context, name);
    const world = worldOf(bytes, name);
    const withFunctions = context.options.flag("functions");
    const lines = [
      ...world.imports.map((item) => `  import ${itemText(item, withFunctions)}`),
      ...(world.imports.length > 0 && world.exports.length > 0 ? [""] : []),
      ...world.exports.map((item) => `  export ${itemText(item, withFunctions)}`),
    ];
    const value = {
      component: name,
      bytes: bytes.length,
      imports: world.imports.map(itemValue),
      exports: world.exports.map(itemValue),
    };
    context.output.result(
      value,
      [`// ${name}, ${formatBytes(bytes.length)}`, "world root {", ...lines, "}"].join("\n"),
    );
  },
};

export type World = { readonly imports: readonly WorldItem[]; readonly exports: readonly WorldItem[] };

/** Throws CliError for a binary that is broken, or uses what hosts do not run. */
export function worldOf(bytes: Uint8Array, name: string): World {
  try {
    const { imports, exports } = parseComponent(bytes);
    return { imports, exports };
  } catch (error) {
    if (error instanceof MalformedComponent)
      throw new CliError(`${name} is damaged: ${error.message}; build or pull it again`, { cause: error });
    if (error instanceof UnsupportedComponent)
      throw new CliError(`${name} cannot run here: ${error.message}`, { cause: error });
    throw error;
  }
}

function itemText(item: WorldItem, withFunctions: boolean): string {
  if (item.kind === "func") return `${item.name}: ${functionText(item.type)};`;
  if (item.kind === "type") return `${item.name}: type;`;
  const functions = item.items.filter((each) => each.kind === "func");
  if (!withFunctions || functions.length === 0) return `${item.name};`;
  const lines = functions.map(({ name, type }) => `    ${name}: ${functionText(type)};`);
  return [`${item.name} {`, ...lines, "  }"].join("\n");
}

function itemValue(item: WorldItem): unknown {
  if (item.kind === "func") return { name: item.name, type: functionText(item.type) };
  if (item.kind === "type") return { name: item.name };
  return { name: item.name, functions: item.items.flatMap((each) => (each.kind === "func" ? [itemValue(each)] : [])) };
}
