/** Every command, in the order the help shows them. */
import type { Command, CommandSection } from "../command.ts";
import { applyCommand } from "./apply.ts";
import { bucketCommands } from "./bucket.ts";
import { buildCommand } from "./build.ts";
import { callCommand } from "./call.ts";
import { completionCommand } from "./completion.ts";
import { deleteCommand } from "./delete.ts";
import { describeCommand } from "./describe.ts";
import { devCommand } from "./dev.ts";
import { doctorCommand } from "./doctor.ts";
import { downCommand } from "./down.ts";
import { eventsCommand } from "./events.ts";
import { getCommand } from "./get.ts";
import { hostCommands } from "./host.ts";
import { inspectCommand } from "./inspect.ts";
import { keyCommands } from "./key.ts";
import { logsCommand } from "./logs.ts";
import { newCommand } from "./new.ts";
import { ociCommands } from "./oci.ts";
import { rolloutCommands } from "./rollout.ts";
import { statusCommand } from "./status.ts";
import { upCommand } from "./up.ts";
import { configCommands, secretCommands } from "./values.ts";
import { versionCommand } from "./version.ts";
import { workloadCommands } from "./workload.ts";

export const sections: readonly CommandSection[] = [
  { title: "The mesh", commands: [upCommand, downCommand, statusCommand, doctorCommand] },
  {
    title: "Components",
    commands: [newCommand, buildCommand, devCommand, inspectCommand, callCommand, ...ociCommands],
  },
  {
    title: "Workloads",
    commands: [
      applyCommand,
      getCommand,
      describeCommand,
      deleteCommand,
      logsCommand,
      eventsCommand,
      ...rolloutCommands,
    ],
  },
  { title: "What workloads are given", commands: [...configCommands, ...secretCommands] },
  { title: "Hosts", commands: [...hostCommands, ...workloadCommands] },
  { title: "Storage", commands: [...keyCommands, ...bucketCommands] },
  { title: "This program", commands: [versionCommand, completionCommand(() => commands)] },
];

export const commands: readonly Command[] = sections.flatMap((section) => section.commands);
