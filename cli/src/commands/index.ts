/** Every command, in the order the help shows them. */
import type { Command } from "../command.ts";
import { bucketCommands } from "./bucket.ts";
import { completionCommand } from "./completion.ts";
import { keyCommands } from "./key.ts";
import { statusCommand } from "./status.ts";
import { upCommand } from "./up.ts";
import { versionCommand } from "./version.ts";

export const commands: readonly Command[] = [
  upCommand,
  statusCommand,
  ...keyCommands,
  ...bucketCommands,
  versionCommand,
  completionCommand(() => commands),
];
