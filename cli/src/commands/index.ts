/** Every command, in the order the help shows them. */
import type { Command, CommandSection } from "../command.ts";
import { bucketCommands } from "./bucket.ts";
import { buildCommand } from "./build.ts";
import { completionCommand } from "./completion.ts";
import { doctorCommand } from "./doctor.ts";
import { keyCommands } from "./key.ts";
import { newCommand } from "./new.ts";
import { statusCommand } from "./status.ts";
import { upCommand } from "./up.ts";
import { versionCommand } from "./version.ts";

export const sections: readonly CommandSection[] = [
  { title: "The mesh", commands: [upCommand, statusCommand, doctorCommand] },
  { title: "Components", commands: [newCommand, buildCommand] },
  { title: "Storage", commands: [...keyCommands, ...bucketCommands] },
  { title: "This program", commands: [versionCommand, completionCommand(() => commands)] },
];

export const commands: readonly Command[] = sections.flatMap((section) => section.commands);
