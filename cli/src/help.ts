/** Help texts, made from the commands. */
import { type Command, commonOptions, type Option } from "./command.ts";

const intro = "Holdfast: S3-compatible object storage as a mesh of small services on NATS.\n";

/** `holdfast --help` */
export function overview(commands: readonly Command[]): string {
  const lines = columns(commands.map(({ name, summary }) => [name, summary]));
  const footer =
    "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.\nsee holdfast COMMAND --help for its options";
  return `${intro}\nusage: holdfast COMMAND [OPTION...]\n\n${lines}\n\n${footer}\n`;
}

/** `holdfast key --help` */
export function groupHelp(group: string, commands: readonly Command[]): string {
  return `usage: holdfast ${group} COMMAND [OPTION...]\n\n${columns(commands.map(({ name, summary }) => [name, summary]))}\n`;
}

/** `holdfast key create --help` */
export function commandHelp(command: Command): string {
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
      ...Object.entries({ ...options, ...commonOptions }).map(describeOption),
    ]),
    ...(examples.length === 0 ? [] : [`examples:\n${examples.map((example) => `  ${example}`).join("\n")}`]),
  ];
  return `${sections.join("\n\n")}\n`;
}

function describeOption([name, { short, value, choices, help }]: [string, Option]): [string, string] {
  const shown = `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
  return [shown, choices === undefined ? help : `${help}: ${choices.join(", ")}`];
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
