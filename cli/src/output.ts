/** What the command prints: results on stdout (text or JSON), progress and errors on stderr; colours only on a terminal. */
import { styleText } from "node:util";

export type Output = {
  readonly json: boolean;
  /** The result, once per command. */
  result(value: unknown, text: string): void;
  /** What is going on, for people; never part of the result. */
  progress(line: string): void;
  /** `ok  <line>`: a step is done. */
  done(line: string): void;
  warn(line: string): void;
};

type Stream = { write(text: string): unknown; isTTY?: boolean };
type Style = Parameters<typeof styleText>[0];

/** NO_COLOR (https://no-color.org) is respected. */
export function createOutput(options: {
  json: boolean;
  stdout: Stream;
  stderr: Stream;
  env: NodeJS.ProcessEnv;
}): Output {
  const { json, stdout, stderr, env } = options;
  const coloured = stderr.isTTY === true && (env["NO_COLOR"] ?? "") === "";
  const paint = (style: Style, text: string) => (coloured ? styleText(style, text, { validateStream: false }) : text);
  return {
    json,
    result: (value, text) => stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`),
    progress: (line) => stderr.write(`  ${paint("dim", "..")}  ${line}\n`),
    done: (line) => stderr.write(`  ${paint("green", "ok")}  ${line}\n`),
    warn: (line) => stderr.write(`  ${paint("yellow", "!!")}  ${line}\n`),
  };
}

/** Columns as wide as their widest cell; nothing but the header when there are no rows. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [header, ...rows].map(line).join("\n");
}
