/** Finds the command in the arguments, checks them, and runs it. */
import { parseArgs } from "node:util";
import { type Command, commonOptions, type Option, Options } from "./command.ts";
import { commands, sections } from "./commands/index.ts";
import { CliError, exitCodes, messageOf, UsageError } from "./errors.ts";
import { commandHelp, groupHelp, overview } from "./help.ts";
import { createOutput, encode, formatOf } from "./output.ts";

type Stream = { write(text: string): unknown; isTTY?: boolean };
export type CliIo = {
  stdout: Stream;
  stderr: Stream;
  env: NodeJS.ProcessEnv;
  stdin: AsyncIterable<Uint8Array | string>;
};

/** Runs the command line and resolves with the exit code. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    return report(error, args, io);
  }
}

async function dispatch(args: readonly string[], io: CliIo): Promise<number> {
  const { command, rest } = findCommand(args);
  if (command === undefined) return withoutCommand(args, io);
  if (rest.some((arg) => arg === "--help" || arg === "-h")) {
    io.stdout.write(commandHelp(command));
    return exitCodes.ok;
  }
  const { options, positionals } = parse(command, rest);
  const output = createOutput({ format: formatOf(options.text("output")), ...io });
  await command.run({ options, positionals, output, env: io.env, stdin: io.stdin });
  return exitCodes.ok;
}

/** The longest name that the arguments begin with. */
export function findCommand(args: readonly string[]): { command?: Command; rest: readonly string[] } {
  for (const length of [2, 1]) {
    const name = args.slice(0, length).join(" ");
    const command = args.length >= length ? commands.find((candidate) => candidate.name === name) : undefined;
    if (command !== undefined) return { command, rest: args.slice(length) };
  }
  return { rest: args };
}

function withoutCommand(args: readonly string[], io: CliIo): number {
  const [first] = args;
  const group = commands.filter(({ name }) => first !== undefined && name.startsWith(`${first} `));
  const help = group.length > 0 && first !== undefined ? groupHelp(first, group) : overview(sections);
  const askedForHelp = first === undefined || first === "help" || args.includes("--help") || args.includes("-h");
  if (askedForHelp) {
    io.stdout.write(help);
    return exitCodes.ok;
  }
  const known = group.length > 0 ? `see holdfast ${first} --help` : "see holdfast --help";
  throw new UsageError(`there is no command "${args.slice(0, group.length > 0 ? 2 : 1).join(" ")}"; ${known}`);
}

/** Checks options, their choices and the number of positionals. */
export function parse(command: Command, args: readonly string[]): { options: Options; positionals: string[] } {
  const declared = { ...commonOptions, ...command.options };
  const help = `see holdfast ${command.name} --help`;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(Object.entries(declared).map(([name, option]) => [name, toParseArgs(option)])),
    });
    checkChoices(declared, values);
    checkPositionals(command, positionals);
    return { options: new Options(values), positionals };
  } catch (error) {
    // what parseArgs says for itself is a sentence or two; the first one names the option
    const [sentence = ""] = messageOf(error).split(". ");
    throw new UsageError(`${sentence.replace(/\.$/, "")}; ${help}`);
  }
}

function toParseArgs({ value, short, multiple = false }: Option) {
  const type = value === undefined ? ("boolean" as const) : ("string" as const);
  return { type, multiple, ...(short === undefined ? {} : { short }) };
}

function checkChoices(declared: Readonly<Record<string, Option>>, values: Readonly<Record<string, unknown>>): void {
  for (const [name, { choices }] of Object.entries(declared)) {
    const value = values[name];
    if (choices === undefined || typeof value !== "string" || choices.includes(value)) continue;
    throw new UsageError(`--${name}: "${value}" is none of ${choices.join(", ")}`);
  }
}

function checkPositionals({ positionals: declared = [] }: Command, given: readonly string[]): void {
  const missing = declared.find(({ optional }, index) => optional !== true && given[index] === undefined);
  if (missing !== undefined) throw new UsageError(`${missing.name} is missing`);
  if (given.length > declared.length && declared.at(-1)?.rest !== true) {
    throw new UsageError(`unexpected argument "${given[declared.length]}"`);
  }
}

/** What the arguments ask for, also when they could not be parsed. */
function formatAsked(args: readonly string[]): "text" | "json" | "yaml" {
  const asked = args.findLast((arg, i) => /^(--output=|-o=?)./.test(arg) || /^(--output|-o)$/.test(args[i - 1] ?? ""));
  const format = formatOf(asked?.replace(/^(--output=|-o=?)/, ""));
  return format === "json" || format === "yaml" ? format : "text";
}

function report(error: unknown, args: readonly string[], { stderr, env }: CliIo): number {
  const known = error instanceof CliError;
  const exitCode = known ? error.exitCode : exitCodes.failed;
  const format = formatAsked(args);
  if (format === "text") stderr.write(`holdfast: ${messageOf(error)}\n`);
  else stderr.write(encode(format, { error: { message: messageOf(error), exitCode } }));
  // not ours: a bug, so its stack is worth more than a sentence
  if ((!known || env["HOLDFAST_DEBUG"] === "1") && error instanceof Error) stderr.write(`${error.stack ?? ""}\n`);
  return exitCode;
}
