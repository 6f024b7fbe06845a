import { describe, expect, test } from "vitest";
import { bytes, payloadOf, text } from "../testing.ts";
import { ComponentExit } from "../component-exit.ts";
import { createCli } from "./cli.ts";
import type { CliOptions } from "./cli.ts";

function printing(options: CliOptions = {}) {
  const lines: string[] = [];
  const cli = createCli({ ...options, stdout: (line) => lines.push(line) });
  return { lines, cli, print: (what: string) => cli.stdout.getStdout().write(bytes(what)) };
}

describe("cli", () => {
  test("gives the environment and the arguments that were given, else none", () => {
    const { environment } = createCli({ environment: { A: "1", B: "two" }, arguments: ["run", "-v"], initialCwd: "/" });
    expect(environment.getEnvironment()).toEqual([
      ["A", "1"],
      ["B", "two"],
    ]);
    expect(environment.getArguments()).toEqual(["run", "-v"]);
    expect(environment.initialCwd()).toBe("/");
    const { environment: nothing } = createCli();
    expect(nothing.getEnvironment()).toEqual([]);
    expect(nothing.getArguments()).toEqual([]);
    expect(nothing.initialCwd()).toBeUndefined();
  });

  test.for([
    ["exit ok", 0, () => createCli().exit.exit({ tag: "ok" })],
    ["exit err", 1, () => createCli().exit.exit({ tag: "err" })],
    ["exit-with-code 7", 7, () => createCli().exit.exitWithCode(7)],
  ] as const)("unwinds the guest on %s", ([, code, call]) => {
    expect(call).toThrow(expect.objectContaining({ name: "ComponentExit", code }));
    expect(call).toThrow(ComponentExit);
  });

  test("reads stdin anew for every call, and an end when there is none", () => {
    const cli = createCli({ stdin: bytes("input") });
    const kept = cli.stdin.getStdin();
    expect(text(kept.read(3n))).toBe("inp");
    expect(text(cli.stdin.getStdin().read(9n))).toBe("ut");
    cli.reset();
    expect(text(kept.read(9n))).toBe("input");
    expect(payloadOf(() => createCli().stdin.getStdin().read(1n))).toEqual({ tag: "closed" });
  });

  test("has no terminal", () => {
    const cli = createCli();
    expect(cli.terminalStdin.getTerminalStdin()).toBeUndefined();
    expect(cli.terminalStdout.getTerminalStdout()).toBeUndefined();
    expect(cli.terminalStderr.getTerminalStderr()).toBeUndefined();
  });
});

describe("what a guest prints", () => {
  test("comes as lines, however it was cut into writes", () => {
    const { lines, cli, print } = printing();
    for (const piece of ["hel", "lo\nwor", "ld\r\n", "\n", "caf\u00e9\nend"]) print(piece);
    expect(lines).toEqual(["hello", "world", "", "caf\u00e9"]);
    cli.reset();
    expect(lines.at(-1)).toBe("end");
  });

  test("keeps a character whole that lies across two writes", () => {
    const { lines, cli } = printing();
    const [euro, end] = [bytes("\u20ac"), bytes("\n")];
    const out = cli.stdout.getStdout();
    out.write(euro.subarray(0, 1));
    out.write(euro.subarray(1));
    out.write(end);
    expect(lines).toEqual(["\u20ac"]);
  });

  test("is cut into pieces where a line is too long", () => {
    const { lines, print } = printing({ outputLimits: { maxLineBytes: 10 } });
    print(`${"a".repeat(25)}\nb\n`);
    expect(lines).toEqual(["a".repeat(10), "a".repeat(10), "aaaaa", "b"]);
  });

  test("ends with a note when one call prints too much; the next call may print again", () => {
    const { lines, cli, print } = printing({ outputLimits: { maxBytes: 12 } });
    print("0123456789\n");
    print("abc\n");
    print("dropped\n");
    expect(lines).toEqual(["0123456789", "a", "[output of this call cut after 12 bytes]"]);
    cli.reset();
    print("next\n");
    expect(lines.at(-1)).toBe("next");
  });
});
