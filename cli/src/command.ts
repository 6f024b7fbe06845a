/** What a command is: its name, what it takes, and what it does. Help, parsing and completion all come from this value. */
import type { Output } from "./output.ts";
import { UsageError } from "./errors.ts";

export type Option = {
  readonly help: string;
  /** What stands for the value in the help: `NAME`. Without it the option is a flag. */
  readonly value?: string;
  /** The values it can have. */
  readonly choices?: readonly string[];
  readonly short?: string;
  /** It may be given several times. */
  readonly multiple?: boolean;
};

export type Positional = {
  readonly name: string;
  readonly help: string;
  /** What completion offers; others may be allowed. */
  readonly suggestions?: readonly string[];
  readonly optional?: boolean;
  readonly rest?: boolean;
};

export type CommandContext = {
  readonly options: Options;
  readonly positionals: readonly string[];
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: AsyncIterable<Uint8Array | string>;
};

export type Command = {
  /** `key create` */
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly positionals?: readonly Positional[];
  readonly options?: Readonly<Record<string, Option>>;
  readonly examples?: readonly string[];
  /** Throws CliError for what the user can do something about. */
  run(context: CommandContext): Promise<void>;
};

/** Commands that belong together, in the help and in the reference. */
export type CommandSection = { readonly title: string; readonly commands: readonly Command[] };

/** Options of every command. */
export const commonOptions: Readonly<Record<string, Option>> = {
  home: { value: "FOLDER", help: "data folder of `holdfast up` (HOLDFAST_HOME; default ./.holdfast)" },
  output: {
    value: "FORMAT",
    short: "o",
    choices: ["text", "json", "yaml"],
    help: "how results are printed (default text)",
  },
  help: { short: "h", help: "show this help" },
};

/** The options given, read by kind. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Undefined when it was not given. */
  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  /** All values of an option that may be given several times. */
  list(name: string): string[] {
    const values = this.#values[name];
    return Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** Rejects what is not a whole number in the range. */
  integer(name: string, { min, max }: { min: number; max: number }): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseInteger(`--${name}`, text, { min, max });
  }
}

/** A whole number in the range, or a message that names where it came from. */
export function parseInteger(origin: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${origin}: "${text}" is not a whole number from ${min} to ${max}`);
}
