/** `holdfast delete`: objects by name, or those of manifests. */
import { setTimeout as sleep } from "node:timers/promises";
import { checkDocument } from "@holdfast/manifests";
import { isMeshError } from "@holdfast/micro";
import type { ObjectRef } from "@holdfast/contracts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, UsageError } from "../errors.ts";
import { parseSeconds } from "../units.ts";
import { inNamespace } from "./apply.ts";
import { kindSuggestions, namedTargets, wordOf } from "../workloads/kinds.ts";
import { readManifests } from "../workloads/manifest-files.ts";
import { filenameOption, namespaceOf, namespaceOption } from "../workloads/options.ts";
import { findObject, type Scheduler, withScheduler } from "../workloads/scheduler-call.ts";

export const deleteCommand: Command = {
  name: "delete",
  summary: "delete objects and what they own",
  details: "An object is gone when nothing of it runs any more: --wait waits for that.",
  positionals: [
    { name: "KIND", help: "deployments, ...; also as KIND/NAME", optional: true, suggestions: kindSuggestions },
    { name: "NAME", help: "what to delete", optional: true, rest: true },
  ],
  options: {
    ...filenameOption,
    ...namespaceOption,
    wait: { help: "until they are gone" },
    timeout: { value: "DURATION", help: "with --wait: for how long (default 60s)" },
    "ignore-not-found": { help: "what is not there is no error" },
  },
  examples: ["holdfast delete deployment hello --wait", "holdfast delete -f workload.yaml"],
  async run(context) {
    const { options, output } = context;
    const refs = await refsOf(context);
    const timeoutMs = parseSeconds("--timeout", options.text("timeout") ?? "60s") * 1_000;
    await withScheduler(context, async (service) => {
      const deleted: ObjectRef[] = [];
      const missing: ObjectRef[] = [];
      for (const ref of refs) ((await isDeleted(service, ref)) ? deleted : missing).push(ref);
      if (options.flag("wait")) await untilGone(service, deleted, Date.now() + timeoutMs);
      const verb = options.flag("wait") ? "is gone" : "is being deleted";
      if (deleted.length > 0 || output.format !== "text") {
        output.result({ deleted }, deleted.map((ref) => `${nameOf(ref)} ${verb}`).join("\n"));
      }
      if (missing.length === 0 || options.flag("ignore-not-found")) return;
      throw new CliError(missing.map((ref) => `there is no ${nameOf(ref)}`).join("\nholdfast: "));
    });
  },
};

const nameOf = ({ kind, namespace, name }: ObjectRef) => `${wordOf(kind)} ${namespace}/${name}`;

async function refsOf(context: CommandContext): Promise<ObjectRef[]> {
  const { options, positionals } = context;
  const fromFiles = options.list("filename").length > 0;
  if (fromFiles && positionals.length > 0) throw new UsageError("name objects, or manifests by --filename, not both");
  if (!fromFiles) {
    if (positionals.length === 0) throw new UsageError("KIND is missing");
    return namedTargets(positionals).map((target) => ({ ...target, namespace: namespaceOf(context) }));
  }
  const documents = (await readManifests(context)).map(({ value }) => inNamespace(value, options.text("namespace")));
  return documents.flatMap((document) =>
    checkDocument(document).flatMap((checked) => {
      if (checked.outcome === "passed over") return [];
      if (checked.outcome === "refused")
        throw new UsageError(`${checked.name}: ${checked.problems[0]?.message ?? "refused"}`);
      const { kind, metadata } = checked.manifest;
      return [{ kind, namespace: metadata.namespace, name: metadata.name }];
    }),
  );
}

/** False when there was no such object. */
async function isDeleted(service: Scheduler, ref: ObjectRef): Promise<boolean> {
  try {
    await service.Delete(ref);
    return true;
  } catch (error) {
    if (isMeshError(error) && error.code === "NoSuchObject") return false;
    throw error;
  }
}

const lookEveryMs = 250;

async function untilGone(service: Scheduler, refs: readonly ObjectRef[], deadline: number): Promise<void> {
  for (const ref of refs) {
    while ((await findObject(service, ref)) !== undefined) {
      if (Date.now() > deadline) {
        throw new CliError(`${nameOf(ref)} is still there: holdfast describe ${wordOf(ref.kind)} ${ref.name} says why`);
      }
      await sleep(lookEveryMs);
    }
  }
}
