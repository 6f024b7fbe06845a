/** Figures between markers of a page, one pair for each section, so that a section can be measured again alone. */
import { readFile, writeFile } from "node:fs/promises";
import type { Machine } from "@holdfast/test-bench";
import type { SectionResult } from "./result.ts";
import { sectionText } from "./table.ts";

export type Circumstances = { readonly machine: Machine; readonly natsVersion: string; readonly command: string };

const begin = (section: string) => `<!-- scale:${section} -->`;
const end = (section: string) => `<!-- /scale:${section} -->`;

/** Puts `text` between the markers of a section. Throws when the page has none. */
export function replaceSection(page: string, section: string, text: string): string {
  const from = page.indexOf(begin(section));
  const to = page.indexOf(end(section));
  if (from < 0 || to < from) throw new Error(`the page has no markers ${begin(section)} and ${end(section)}`);
  return `${page.slice(0, from)}${begin(section)}\n\n${text}\n\n${page.slice(to)}`;
}

/** Where, when and how the figures came about. */
export function circumstancesText({ machine, natsVersion, command }: Circumstances): string {
  const { date, cpu, cores, memoryGiB, system, node, commit } = machine;
  return `${date}, ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, nats-server ${natsVersion}, commit ${commit}:\n\`${command}\``;
}

export async function writePage(file: string, results: readonly SectionResult[], circumstances: Circumstances) {
  const page = results.reduce(
    (text, result) =>
      replaceSection(text, result.section, `${circumstancesText(circumstances)}\n\n${sectionText(result)}`),
    await readFile(file, "utf8"),
  );
  await writeFile(file, page);
}
