/** docs/reference/commands.md, written by `npm run docs`. */
import { type CommandSection, commonOptions } from "./command.ts";
import { commandHelp, optionLines } from "./help.ts";

/** The page in Markdown, without its last line break. */
export function commandsPage(sections: readonly CommandSection[], note: string): string {
  return [
    "# Commands",
    note,
    "`holdfast COMMAND`. Results go to stdout, progress and errors to stderr; colours only to a terminal (`NO_COLOR` is respected).",
    "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.",
    "Every command also takes:",
    `\`\`\`\n${optionLines(commonOptions)}\n\`\`\``,
    ...sections.flatMap(({ title, commands }) => [
      `## ${title}`,
      ...commands.flatMap((command) => [
        `### holdfast ${command.name}`,
        `\`\`\`\n${commandHelp(command, {}).trimEnd()}\n\`\`\``,
      ]),
    ]),
  ].join("\n\n");
}
