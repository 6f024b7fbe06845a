/** `holdfast describe`: one object with its conditions, what it owns and what happened to it. */
import type { Condition, KeptObject, ObjectEvent } from "@holdfast/contracts";
import { stringify } from "yaml";
import type { Command } from "../command.ts";
import { type Output, table } from "../output.ts";
import { ageOf } from "../workloads/age.ts";
import { paintPhase, phaseOf } from "../workloads/columns.ts";
import { eventHeader, eventRow } from "../workloads/event-rows.ts";
import { kindHelp, kindSuggestions, namedTargets, wordOf } from "../workloads/kinds.ts";
import { asManifest } from "../workloads/manifest-of.ts";
import { namespaceOf, namespaceOption } from "../workloads/options.ts";
import { showHost } from "./host.ts";
import { withScheduler } from "../workloads/scheduler-call.ts";

type Description = { object: KeptObject; children: KeptObject[]; events: ObjectEvent[] };

export const describeCommand: Command = {
  name: "describe",
  summary: "tell all about an object, and why it is as it is",
  positionals: [
    { name: "KIND", help: kindHelp, suggestions: kindSuggestions },
    { name: "NAME", help: "also as KIND/NAME", optional: true, rest: true },
  ],
  options: namespaceOption,
  examples: ["holdfast describe deployment hello"],
  async run(context) {
    const namespace = namespaceOf(context);
    const targets = namedTargets(context.positionals);
    await withScheduler(context, async (service) => {
      for (const target of targets) {
        if (target.kind === "Host") {
          await showHost(service, target.name, context.output);
          continue;
        }
        const described = await service.Describe({ ...target, namespace });
        const { object, children, events } = described;
        const value = { ...asManifest(object), children: children.map(asManifest), events };
        context.output.item(value, text(described, context.output));
      }
    });
  },
};

function text({ object, children, events }: Description, output: Output): string {
  const now = Date.now();
  const { ref, owner, createdAt, status, manifest } = object;
  const facts: [string, string | undefined][] = [
    ["Name", ref.name],
    ["Namespace", ref.namespace],
    ["Kind", ref.kind],
    ["Status", paintPhase(phaseOf(object), output)],
    ["Age", ageOf(now - createdAt)],
    ["Owner", owner && `${wordOf(owner.kind)}/${owner.name}`],
    ["Replicas", replicasOf(object)],
    ["Host", status.hostId],
    ["Workload id", status.workloadId],
    ["Restarts", status.restarts === undefined ? undefined : String(status.restarts)],
    ["Digest", status.digest],
    ["Keys", status.keys?.join(", ")],
  ];
  const shown = facts.flatMap(([name, value]) => (value ? [[`${name}:`, value]] : []));
  return [
    table(["", ""], shown).trim(),
    section("Spec", indent(stringify(manifest["spec"] ?? manifest["data"] ?? {}, { lineWidth: 0 }).trimEnd())),
    section("Conditions", conditionTable(status.conditions, now, output)),
    section("Owns", childTable(children, output)),
    section(
      "Events",
      events.length === 0
        ? "  none"
        : indent(
            table(
              eventHeader(false),
              events.map((event) => eventRow(event, { now, output, withObject: false })),
            ),
          ),
    ),
  ].join("\n\n");
}

const section = (title: string, body: string) => `${title}:\n${body}`;
const indent = (body: string) => body.replaceAll(/^/gm, "  ");

function replicasOf({ status: { replicas } }: KeptObject): string | undefined {
  if (replicas === undefined) return undefined;
  const { expected, ready, updated, unavailable } = replicas;
  return `${expected} wanted, ${ready} ready, ${updated} up to date, ${unavailable} unavailable`;
}

function conditionTable(conditions: readonly Condition[], now: number, output: Output): string {
  if (conditions.length === 0) return "  none";
  const rows = conditions.map(({ type, status, reason, since, message }) => [
    type,
    output.paint(status === "True" ? "green" : status === "False" ? "red" : "yellow", status),
    reason,
    ageOf(now - since),
    message,
  ]);
  return indent(table(["TYPE", "STATUS", "REASON", "SINCE", "MESSAGE"], rows));
}

function childTable(children: readonly KeptObject[], output: Output): string {
  if (children.length === 0) return "  nothing";
  const rows = children.map((child) => [
    `${wordOf(child.ref.kind)}/${child.ref.name}`,
    paintPhase(phaseOf(child), output),
    child.status.hostId ?? replicasOf(child) ?? "",
  ]);
  return indent(table(["OBJECT", "STATUS", "WHERE"], rows));
}
