/** What the command prints: results on stdout (text, JSON or YAML), progress and errors on stderr; colours only on a terminal. */
import { stripVTControlCharacters, styleText } from "node:util";
import { stringify } from "yaml";

/** `wide` and `name` are texts of their own, for commands that offer them. */
const formats = ["text", "wide", "name", "json", "yaml"] as const;
export type Format = (typeof formats)[number];

export type Output = {
  readonly format: Format;
  /** True when results go to a terminal: what can be redrawn there is only appended elsewhere. */
  readonly terminal: boolean;
  /** The result, once per command. */
  result(value: unknown, text: string): void;
  /** One of many results, as they come: a line of text, a line of JSON, a YAML document. */
  item(value: unknown, text: string): void;
  /** A text of the result in colour, on a terminal that wants it. */
  paint(style: Style, text: string): string;
  /** What is going on, for people; never part of the result. */
  progress(line: string): void;
  /** What another program says while it works, as it is. */
  raw(text: string): void;
  /** `ok  <line>`: a step is done. */
  done(line: string): void;
  warn(line: string): void;
};

type Stream = { write(text: string): unknown; isTTY?: boolean };
type Style = Parameters<typeof styleText>[0];

/** The format of this name; text for every other. */
export function formatOf(name: string | undefined): Format {
  return formats.find((format) => format === name) ?? "text";
}

/** The value as one line of JSON, or as YAML. */
export function encode(format: "json" | "yaml", value: unknown): string {
  return format === "json"
    ? `${JSON.stringify(value)}\n`
    : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** NO_COLOR (https://no-color.org) is respected. */
export function createOutput(options: {
  format: Format;
  stdout: Stream;
  stderr: Stream;
  env: NodeJS.ProcessEnv;
}): Output {
  const { format, stdout, stderr, env } = options;
  const painter = (stream: Stream) => (style: Style, text: string) =>
    stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" ? styleText(style, text, { validateStream: false }) : text;
  const paint = painter(stderr);
  const write = (value: unknown, text: string) =>
    stdout.write(format === "json" || format === "yaml" ? encode(format, value) : `${text}\n`);
  return {
    format,
    terminal: stdout.isTTY === true,
    result: write,
    item: (value, text) => {
      if (format === "yaml") stdout.write("---\n");
      write(value, text);
    },
    paint: painter(stdout),
    progress: (line) => stderr.write(`  ${paint("dim", "..")}  ${line}\n`),
    raw: (text) => stderr.write(text),
    done: (line) => stderr.write(`  ${paint("green", "ok")}  ${line}\n`),
    warn: (line) => stderr.write(`  ${paint("yellow", "!!")}  ${line}\n`),
  };
}

/** Columns as wide as their widest cell, colours not counted; nothing but the header when there are no rows. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = (text: string) => stripVTControlCharacters(text).length;
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => width(row[column] ?? ""))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell + " ".repeat(Math.max(0, (widths[i] ?? 0) - width(cell))))
      .join("  ")
      .trimEnd();
  return [header, ...rows].map(line).join("\n");
}
