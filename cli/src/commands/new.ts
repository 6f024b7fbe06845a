/** `holdfast new`: a component to begin with. */
import { basename, relative, resolve } from "node:path";
import type { Command } from "../command.ts";
import { UsageError } from "../errors.ts";
import { table } from "../output.ts";
import { type Language, languages, makeProject, templateNames, templates } from "../project/templates.ts";

export const newCommand: Command = {
  name: "new",
  summary: "make a project for a component, in TypeScript or Rust",
  details: `Templates:\n${templateNames.map((name) => `  ${name.padEnd(10)}  ${templates[name]}`).join("\n")}`,
  positionals: [{ name: "NAME", help: "the component's name: kebab-case, at most 63 letters", optional: true }],
  options: {
    template: { value: "TEMPLATE", short: "t", choices: templateNames, help: "what it does (default http)" },
    language: { value: "LANGUAGE", short: "l", choices: languages, help: "default typescript" },
    folder: { value: "FOLDER", help: "where (default: a folder of its name here)" },
    list: { help: "list the templates instead" },
  },
  examples: ["holdfast new hello", "holdfast new counter --template keyvalue --language rust"],
  async run({ options, positionals: [name], output }) {
    if (options.flag("list")) {
      const rows = templateNames.map((template) => [template, languages.join(", "), templates[template]]);
      const listed = templateNames.map((template) => ({ template, languages, summary: templates[template] }));
      return output.result({ templates: listed }, table(["TEMPLATE", "LANGUAGES", "WHAT IT DOES"], rows));
    }
    const target = resolve(options.text("folder") ?? checkName(name));
    const template = templateNames.find((each) => each === options.text("template")) ?? "http";
    const language = languages.find((each) => each === options.text("language")) ?? "typescript";
    const project = { name: checkName(name ?? basename(target)), template, language, target };
    const files = await makeProject(project);
    output.result({ ...project, files }, summary(project.name, target, files, language));
  },
};

/** It names a package, a crate and a workload: what all three allow. */
function checkName(name: string | undefined): string {
  if (name === undefined) throw new UsageError("NAME is missing; see holdfast new --help");
  if (name.length <= 63 && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return name;
  throw new UsageError(`NAME: "${name}" is not kebab-case (letters a-z, digits and single dashes, at most 63)`);
}

function summary(name: string, target: string, files: readonly string[], language: Language): string {
  const near = relative("", target).startsWith("..") ? target : relative("", target) || ".";
  const first = language === "typescript" ? "npm install && holdfast build" : "holdfast build";
  const shown = files.filter((file) => !file.startsWith("wit/deps/")).map((file) => `  ${file}`);
  return [`made ${name} in ${near}`, ...shown, "", `next: cd ${near} && ${first}`].join("\n");
}
