/** Writes the tables of a run into a page, between its markers; the rest of the page is written by hand. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RunResult } from "../run.ts";
import { ownTree } from "../server/server.ts";
import { judge } from "./budgets.ts";
import type { Machine } from "./machine.ts";
import { floorColumns, markdown, memoryTable, rowColumns, verdictColumns } from "./table.ts";

const begin = "<!-- bench: written by `npm run bench -- --write`, do not edit -->";
const end = "<!-- bench: end -->";

/** Replaces what is between the markers. Throws when the page has none. */
export function withTables(page: string, tables: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`the page needs two lines for the tables to stand between:\n${begin}\n${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${tables}\n\n${page.slice(to)}`;
}

/** Machine, date, and the tables of a run in Markdown. */
export function tablesOf({ rows, floors, leftOut }: RunResult, machine: Machine, command: string): string {
  const { cpu, cores, memoryGiB, system, node, natsServer, commit, date, load } = machine;
  const verdicts = judge(rows);
  const passed = verdicts.filter((verdict) => verdict.passed).length;
  return [
    `Measured ${date} UTC at commit ${commit} with \`${command}\` on ${cores} x ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node}, ${natsServer}; the load average before it was ${load}.`,
    "### Rows",
    markdown(rowColumns, rows),
    "### Floors",
    markdown(floorColumns, floors),
    "### Memory and CPU by process",
    memoryTable(rows.map(({ measurement }) => measurement)),
    `### Budgets: ${passed} of ${verdicts.length} passed`,
    markdown(verdictColumns, verdicts),
    ...(leftOut.length > 0 ? ["### Left out", leftOut.map(({ row, reason }) => `- ${row}: ${reason}`).join("\n")] : []),
  ].join("\n\n");
}

/** Writes the page and formats it as the rest of the project. */
export async function writePage(file: string, tables: string): Promise<void> {
  await writeFile(file, withTables(await readFile(file, "utf8"), tables));
  await promisify(execFile)(join(ownTree, "node_modules/.bin/oxfmt"), [file]);
}
