/** `holdfast build`: runs the project's own build and looks at what came out. */
import { relative } from "node:path";
import type { Command } from "../command.ts";
import { namesOf, worldOf, worldText } from "../component/world.ts";
import { buildProject } from "../project/build.ts";
import { readProject } from "../project/project-file.ts";
import { formatBytes } from "../units.ts";

export const buildCommand: Command = {
  name: "build",
  summary: "build a project into a component",
  details:
    "Runs build.command of .holdfast/config.yaml (or wasmCloud's .wash/config.yaml) in the project's folder, then checks that\n" +
    "build.component_path is a component. What the command prints goes to stderr.",
  positionals: [{ name: "FOLDER", help: "the project (default: this folder)", optional: true }],
  async run({ positionals: [folder = "."], output, env }) {
    const project = await readProject(folder);
    output.progress(project.build.command);
    const built = await buildProject(project, { env, onOutput: (text) => output.raw(text) });
    const { path, seconds, bytes } = built;
    const near = relative("", path).startsWith("..") ? path : relative("", path);
    const world = worldOf(bytes, path);
    output.result(
      { path, bytes: bytes.length, seconds, ...namesOf(world) },
      `built ${near}: ${formatBytes(bytes.length)} in ${seconds.toFixed(1)} s\n${worldText(world)}`,
    );
  },
};
