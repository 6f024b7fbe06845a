/** Help texts, made from the commands. */
import { type Command, type CommandSection, commonOptions, type Option } from "./command.ts";

const intro = "Holdfast: S3-compatible object storage and WebAssembly workloads as a mesh of small services on NATS.\n";

/** `holdfast --help` */
export function overview(sections: readonly CommandSection[]): string {
  const width = Math.max(...sections.flatMap(({ commands }) => commands.map(({ name }) => name.length)));
  const lines = sections
    .map(
      ({ title, commands }) =>
        `${title}:\n${columns(
          commands.map(({ name, summary }) => [name, summary]),
          width,
        )}`,
    )
    .join("\n\n");
  const footer =
    "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.\nsee holdfast COMMAND --help for its options";
  return `${intro}\nusage: holdfast COMMAND [OPTION...]\n\n${lines}\n\n${footer}\n`;
}

/** `holdfast key --help` */
export function groupHelp(group: string, commands: readonly Command[]): string {
  return `usage: holdfast ${group} COMMAND [OPTION...]\n\n${columns(commands.map(({ name, summary }) => [name, summary]))}\n`;
}

/** `holdfast key create --help`; `common` are options of every command, shown after its own. */
export function commandHelp(command: Command, common = commonOptions): string {
  const { name, summary, details, positionals = [], options = {}, examples = [] } = command;
  const takes = positionals.map((positional) => {
    const shown = positional.rest === true ? `${positional.name}...` : positional.name;
    return positional.optional === true ? ` [${shown}]` : ` ${shown}`;
  });
  const sections = [
    `${summary}\n\nusage: holdfast ${name}${takes.join("")} [OPTION...]`,
    ...(details === undefined ? [] : [details]),
    columns([
      ...positionals.map(({ name, help }): [string, string] => [name, help]),
      // its own first, also where they replace a common one
      ...Object.entries({ ...options, ...common, ...options }).map(describeOption),
    ]),
    ...(examples.length === 0 ? [] : [`examples:\n${examples.map((example) => `  ${example}`).join("\n")}`]),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** A line for each option. */
export function optionLines(options: Readonly<Record<string, Option>>): string {
  return columns(Object.entries(options).map(describeOption));
}

function describeOption([name, { short, value, choices, help, multiple }]: [string, Option]): [string, string] {
  const shown = `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
  const often = multiple === true ? "; may be given several times" : "";
  return [shown, `${help}${choices === undefined ? "" : `: ${choices.join(", ")}`}${often}`];
}

function columns(rows: readonly (readonly [string, string])[], least = 0): string {
  const width = Math.max(least, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
