/** Finds the command in the arguments, checks them, and runs it. */
import { parseArgs } from "node:util";
import { didYouMean } from "@holdfast/manifests";
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
    return await dispatch(normalized(args), io);
  } catch (error) {
    return report(error, args, io);
  }
}

/** `help get` is `get --help`, and `--version` is `version`: what people type at other commands. */
function normalized(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  if (first === "help") return [...rest, "--help"];
  return first === "--version" || first === "-V" ? ["version", ...rest] : args;
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
  const [first, second] = args;
  const group = commands.filter(({ name }) => first !== undefined && name.startsWith(`${first} `));
  if (first === undefined || args.includes("--help") || args.includes("-h")) {
    io.stdout.write(group.length > 0 && first !== undefined ? groupHelp(first, group) : overview(sections));
    return exitCodes.ok;
  }
  if (group.length > 0) throw new UsageError(incomplete(first, second, group));
  const words = [...new Set(commands.map(({ name }) => name.split(" ", 1).join()))];
  throw new UsageError(`there is no command "${first}"${near(first, words)}; see holdfast --help`);
}

/** What follows `key`: nothing yet, or no command of it. */
function incomplete(first: string, second: string | undefined, group: readonly Command[]): string {
  const seconds = group.map(({ name }) => name.slice(first.length + 1));
  const help = `see holdfast ${first} --help`;
  if (second === undefined) return `${first}: a command is missing: ${seconds.join(", ")}; ${help}`;
  return `there is no command "${first} ${second}"${near(second, seconds)}; ${help}`;
}

/** `; did you mean "get"?`, or nothing: the help has the whole list. */
function near(word: string, known: readonly string[]): string {
  const hint = didYouMean(word, known);
  return hint.startsWith("; did you mean") ? hint.replace(/\?$/, "") : "";
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
    const [, unknown] = /^Unknown option '--([^']+)'/.exec(sentence) ?? [];
    const hint = unknown === undefined ? "" : near(unknown, Object.keys(declared)).replace('"', '"--');
    throw new UsageError(`${sentence.replace(/\.$/, "")}${hint}; ${help}`);
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

function checkPositionals({ positionals: declared = [], options = {} }: Command, given: readonly string[]): void {
  const missing = declared.find(({ optional }, index) => optional !== true && given[index] === undefined);
  if (missing !== undefined) throw new UsageError(`${missing.name} is missing`);
  if (given.length > declared.length && declared.at(-1)?.rest !== true) {
    const unexpected = given[declared.length];
    const hint = "filename" in options ? `; did you mean --filename ${unexpected}` : "";
    throw new UsageError(`unexpected argument "${unexpected}"${hint}`);
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
