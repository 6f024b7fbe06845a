import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Command } from "../command.ts";

const Package = z.object({ version: z.string() });

/** The version of this checkout. */
export async function holdfastVersion(): Promise<string> {
  const file = new URL("../../package.json", import.meta.url);
  return Package.parse(JSON.parse(await readFile(file, "utf8"))).version;
}

export const versionCommand: Command = {
  name: "version",
  summary: "print the version",
  async run({ output }) {
    const version = await holdfastVersion();
    const node = process.version;
    output.result({ version, node }, `holdfast ${version} (Node ${node})`);
  },
};
