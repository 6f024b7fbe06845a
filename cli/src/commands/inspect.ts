/** `holdfast inspect`: what a component imports and exports, from its binary alone. */
import { describeWorld } from "@holdfast/component-host";
import type { Command } from "../command.ts";
import { componentArgument, componentOptions, readComponent } from "../component/component-bytes.ts";
import { namesOf, worldOf, worldText } from "../component/world.ts";
import { formatBytes } from "../units.ts";

export const inspectCommand: Command = {
  name: "inspect",
  summary: "show a component's WIT world: what it imports and exports",
  details: "Read from the binary alone; nothing of it runs.",
  positionals: [{ ...componentArgument, help: `${componentArgument.help} (default: this project)`, optional: true }],
  options: { ...componentOptions, wit: { help: "the whole WIT: also the functions and types of each interface" } },
  examples: ["holdfast inspect hello.wasm", "holdfast inspect oci://ghcr.io/team/hello:1.0.0 --wit"],
  async run(context) {
    const [name = "."] = context.positionals;
    const bytes = await readComponent(context, name);
    const world = worldOf(bytes, name);
    const wit = describeWorld(world);
    const text = context.options.flag("wit") ? wit.trimEnd() : worldText(world);
    const value = { component: name, bytes: bytes.length, ...namesOf(world), wit };
    context.output.result(value, `// ${name}, ${formatBytes(bytes.length)}\n${text}`);
  },
};
