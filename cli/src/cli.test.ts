import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { findCommand, parse, runCli } from "./cli.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands/index.ts";
import { kindSuggestions } from "./workloads/kinds.ts";
import { completionScript } from "./commands/completion.ts";

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [[] as string[], [] as string[]];
  const stream = (lines: string[]) => ({ write: (text: string) => lines.push(text) });
  const env = { HOLDFAST_HOME: "/no/such/folder" };
  const code = await runCli(args, { stdout: stream(stdout), stderr: stream(stderr), env, stdin: Readable.from([]) });
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}

describe("holdfast", () => {
  test("shows every command when asked nothing", async () => {
    const { code, stdout } = await run();
    expect(code).toBe(0);
    for (const { name, summary } of commands) expect(stdout).toMatch(new RegExp(`${name} +${summary.slice(0, 20)}`));
  });

  test.for(commands.map(({ name }) => name))("explains %s with --help", async (name) => {
    const { code, stdout } = await run(...name.split(" "), "--help");
    expect(code).toBe(0);
    expect(stdout).toContain(`usage: holdfast ${name}`);
    expect(stdout).toContain("--output FORMAT");
  });

  test.for([
    [["nonsense"], /there is no command "nonsense"/],
    [["gt"], /there is no command "gt"; did you mean "get"; see holdfast --help/],
    [["key"], /key: a command is missing: create, list, .*; see holdfast key --help/],
    [["key", "nonsense"], /there is no command "key nonsense"; see holdfast key --help/],
    [["host", "lst"], /there is no command "host lst"; did you mean "list"; see holdfast host --help/],
    [["status", "--bogus"], /Unknown option '--bogus'; see holdfast status --help/],
    [["status", "--otput", "json"], /Unknown option '--otput'; did you mean "--output"; see holdfast status --help/],
    [["apply", "workload.yaml"], /unexpected argument "workload.yaml"; did you mean --filename workload.yaml/],
    [["apply", "-f", "/no/such/file"], /--filename: there is no \/no\/such\/file/],
    [["status", "extra"], /unexpected argument "extra"/],
    [["status", "--output", "xml"], /--output: "xml" is none of text, json, yaml/],
    [["key", "create"], /USER is missing/],
    [["bucket", "create", "b", "--replicas", "2"], /--replicas: "2" is none of 1, 3, 5/],
    [["bucket", "create", "b", "--max-age", "soon"], /--max-age: "soon" is not a duration/],
    [["up", "--port", "99999"], /--port: "99999" is not a whole number from 0 to 65535/],
    [["up", "--credentials", "/no/such/file"], /--credentials: \/no\/such\/file cannot be read/],
    [["completion", "tcsh"], /SHELL: "tcsh" is none of bash, zsh, fish/],
  ] as const)("refuses %j with exit code 2 and one line", async ([args, message]) => {
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^holdfast: .*\n$/);
  });

  test.for([
    [["help", "get"], "usage: holdfast get KIND"],
    [["help", "key"], "usage: holdfast key COMMAND"],
    [["help"], "usage: holdfast COMMAND"],
    [["--version"], "holdfast 0."],
    [["-V"], "holdfast 0."],
  ] as const)("understands %j, as other commands do", async ([args, shown]) => {
    const { code, stdout } = await run(...args);
    expect([code, stdout]).toEqual([0, expect.stringContaining(shown)]);
  });

  test("says what to do when no mesh was ever started, with exit code 1", async () => {
    const { code, stderr } = await run("key", "list");
    expect(code).toBe(1);
    expect(stderr).toMatch(/no mesh was ever started in \/no\/such\/folder: run holdfast up/);
  });

  test("reports an error as JSON when JSON was asked for", async () => {
    const { code, stderr } = await run("key", "list", "--output", "json");
    expect(JSON.parse(stderr)).toEqual({ error: { message: expect.stringContaining("no mesh"), exitCode: code } });
  });
});

describe("the command line", () => {
  const command: Command = {
    name: "test",
    summary: "",
    positionals: [{ name: "A", help: "" }],
    options: { port: { value: "PORT", help: "" }, flag: { help: "" } },
    run: () => Promise.resolve(),
  };

  test("prefers the longer command name", () => {
    expect(findCommand(["key", "list", "--user", "x"]).command?.name).toBe("key list");
    expect(findCommand(["status"]).command?.name).toBe("status");
  });

  test("reads options before and after the arguments", () => {
    const { options, positionals } = parse(command, ["--port=7", "value", "--flag"]);
    expect(positionals).toEqual(["value"]);
    expect(options.integer("port", { min: 0, max: 10 })).toBe(7);
    expect(options.flag("flag")).toBe(true);
    expect(options.text("home")).toBeUndefined();
  });
});

describe("completion", () => {
  test("in bash offers commands, their second words, options, and the values of an option", async () => {
    const script = completionScript("bash", commands);
    const complete = async (...words: string[]) => {
      const line = `COMP_WORDS=(holdfast ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}`;
      const { stdout } = await promisify(execFile)("bash", [
        "-c",
        `${script}\n${line}; _holdfast; echo "\${COMPREPLY[*]}"`,
      ]);
      return stdout.trim().split(" ");
    };
    expect(await complete("ver")).toEqual(["version"]);
    expect(await complete("key", "")).toContain("rotate");
    expect(await complete("new", "--tem")).toEqual(["--template"]);
    expect(await complete("new", "--template", "s")).toEqual(["service", "s3-event"]);
    expect(await complete("new", "-l", "")).toEqual(["typescript", "rust"]);
    expect(await complete("bucket", "create", "--storage", "")).toEqual(["file", "memory"]);
    expect(await complete("completion", "z")).toEqual(["zsh"]);
    expect(await complete("get", "")).toEqual([...kindSuggestions]);
    expect(await complete("get", "deployments", "--all")).toEqual(["--all-namespaces"]);
  });

  test.for(["bash", "zsh", "fish"])("for %s knows every command and option", (shell) => {
    const script = completionScript(shell, commands);
    for (const { name, options = {} } of commands) {
      for (const word of name.split(" ")) expect(script).toContain(word);
      for (const option of Object.keys(options)) expect(script).toContain(option);
    }
  });
});
