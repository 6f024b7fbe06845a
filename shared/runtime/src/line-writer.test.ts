import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const module = new URL("line-writer.ts", import.meta.url).href;
/** Node's arguments for a process that writes with the writer of its standard output, `out`. */
const script = (code: string) => [
  "--input-type=module",
  "-e",
  `import { standardOutput } from ${JSON.stringify(module)};
   const out = standardOutput();
   const lines = (count) => { for (let i = 0; i < count; i++) out.write(\`line \${i}\\n\`); };
   ${code}`,
];
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}\n`).join("");

/** What a process that runs `code` has written until it ended, however it ended. */
async function outputOf(code: string): Promise<string> {
  const run = promisify(execFile)(process.execPath, script(code), { maxBuffer: 64 * 1024 * 1024 });
  const { stdout } = await run.catch((error: unknown) => {
    if (error instanceof Error && "stdout" in error) return { stdout: String(error.stdout) };
    throw error;
  });
  return stdout;
}

describe("lines", () => {
  test.for([
    ["a process that has nothing left to do", ""],
    ["process.exit", "process.exit(3);"],
    ["an error that nobody caught", "throw new Error('a crash');"],
    ["a promise that nobody awaited", "await Promise.reject(new Error('a crash'));"],
  ] as const)("are all written, in order, at the end of %s", async ([, end]) => {
    expect(await outputOf(`lines(100_000); ${end}`)).toBe(numbered(100_000));
  });

  test("appear within a moment", async () => {
    const child = spawn(process.execPath, script("lines(3); setTimeout(() => {}, 60_000);"));
    const [chunk]: unknown[] = await once(child.stdout, "data");
    expect(String(chunk)).toBe(numbered(3));
    child.kill();
  });

  test("do not stop a process whose pipe nobody reads, and are all there for who reads late", async () => {
    const code = `const began = Date.now(); lines(50_000); out.flush(); process.stderr.write(String(Date.now() - began));`;
    const lateReader = ['"$0" "$@" | { sleep 1.5; cat; }', process.execPath, ...script(code)];
    const { stdout, stderr } = await promisify(execFile)("sh", ["-c", ...lateReader]);
    expect(Number(stderr)).toBeLessThan(1_000);
    expect(stdout).toBe(numbered(50_000));
  });

  test("that nobody can read any more end nothing", async () => {
    const child = spawn(process.execPath, script("setTimeout(() => { lines(100_000); process.exit(7); }, 300);"));
    child.stdout.destroy();
    const [code]: unknown[] = await once(child, "close");
    expect(code).toBe(7);
  });

  test("of an error appear at once, with those before it", async () => {
    const code = "lines(2); out.lastLevel = 50; out.write('failed\\n'); process.kill(process.pid, 'SIGKILL');";
    expect(await outputOf(code)).toBe(`${numbered(2)}failed\n`);
  });
});
