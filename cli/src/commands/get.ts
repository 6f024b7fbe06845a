/** `holdfast get`: objects as a table, once or as they change. */
import type { KeptObject, ObjectKind } from "@holdfast/contracts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, UsageError } from "../errors.ts";
import { table } from "../output.ts";
import { headerOf, hostHeader, hostRow, rowOf, type View } from "../workloads/columns.ts";
import { kindHelp, kindSuggestions, namedTargets, targetsOf, wordOf } from "../workloads/kinds.ts";
import { asManifest } from "../workloads/manifest-of.ts";
import {
  allNamespacesOption,
  namespaceOf,
  namespaceOption,
  selectorOption,
  withinNamespace,
} from "../workloads/options.ts";
import { findObject, listAll, type Scheduler, watchMs, withScheduler } from "../workloads/scheduler-call.ts";

export const getCommand: Command = {
  name: "get",
  summary: "list objects: deployments, replica sets, workloads, hosts, artifacts, configs, secrets",
  details: "`-o yaml` of an object can be applied again. A secret's values are never shown.",
  positionals: [
    { name: "KIND", help: kindHelp, suggestions: kindSuggestions },
    { name: "NAME", help: "only these; also as KIND/NAME", optional: true, rest: true },
  ],
  options: {
    ...namespaceOption,
    ...allNamespacesOption,
    ...selectorOption,
    watch: { short: "w", help: "go on and print what changes, until Ctrl-C" },
    output: {
      value: "FORMAT",
      short: "o",
      choices: ["text", "wide", "name", "json", "yaml"],
      help: "how results are printed (default text)",
    },
  },
  examples: ["holdfast get deployments", "holdfast get workloads -A -o wide", "holdfast get deploy/hello -o yaml"],
  async run(context) {
    const hosts = hostsNamed(context.positionals);
    if (hosts !== undefined) return getHosts(context, hosts);
    return withScheduler(context, (service) =>
      context.options.flag("watch") ? watch(context, service) : getOnce(context, service),
    );
  },
};

/** The names where hosts are asked for, which are no objects of the scheduler's; undefined where they are not. */
function hostsNamed(words: readonly string[]): string[] | undefined {
  const found = targetsOf(words);
  if (!("targets" in found)) return found.kind === "Host" ? found.names : undefined;
  const hosts = found.targets.filter(({ kind }) => kind === "Host");
  if (hosts.length === 0) return undefined;
  if (hosts.length < found.targets.length) throw new UsageError("KIND: hosts are shown by themselves");
  return hosts.map(({ name }) => name);
}

async function getOnce(context: CommandContext, service: Scheduler): Promise<void> {
  const found = targetsOf(context.positionals);
  const isNamed = "targets" in found || found.names.length > 0;
  if (!isNamed) return show(context, found.kind, (await listAll(service, query(context, found.kind))).objects);
  const { objects, missing } = await getNamed(context, service);
  if (objects.length > 0) showNamed(context, objects, objects.length + missing.length === 1);
  if (missing.length > 0) throw new CliError(missing.join("\nholdfast: "));
}

/** A table for each kind; JSON and YAML are one value, of the only one asked for the object itself. */
function showNamed(context: CommandContext, objects: readonly KeptObject[], isOnlyOne: boolean): void {
  const { output } = context;
  const [first] = objects;
  if (output.format === "json" || output.format === "yaml") {
    return output.result(isOnlyOne && first !== undefined ? asManifest(first) : listOf(objects), "");
  }
  for (const kind of new Set(objects.map(({ ref }) => ref.kind))) {
    const ofKind = objects.filter(({ ref }) => ref.kind === kind);
    show(context, kind, ofKind);
  }
}

/** Those that are there, and a sentence for each that is not. */
async function getNamed(context: CommandContext, service: Scheduler) {
  const namespace = namespaceOf(context);
  const objects: KeptObject[] = [];
  const missing: string[] = [];
  for (const { kind, name } of namedTargets(context.positionals)) {
    const object = await findObject(service, { kind, namespace, name });
    if (object !== undefined) objects.push(object);
    else missing.push(`there is no ${wordOf(kind)} ${name} in namespace ${namespace}`);
  }
  return { objects, missing };
}

function query({ options, ...context }: CommandContext, kind: ObjectKind) {
  return { kind, ...withinNamespace({ options, ...context }), labelSelector: options.text("selector") ?? "" };
}

function show(context: CommandContext, kind: ObjectKind, objects: readonly KeptObject[]): void {
  const { output } = context;
  const view = viewOf(context);
  const list = listOf(objects);
  if (output.format === "name") return output.result(list, objects.map(nameOf).join("\n"));
  if (objects.length === 0 && output.format !== "json" && output.format !== "yaml") {
    output.progress(`no ${wordOf(kind)} found${view.allNamespaces ? "" : ` in namespace ${namespaceOf(context)}`}`);
    return;
  }
  output.result(
    list,
    table(
      headerOf(kind, view),
      objects.map((object) => rowOf(object, view)),
    ),
  );
}

const listOf = (objects: readonly KeptObject[]) => ({ apiVersion: "v1", kind: "List", items: objects.map(asManifest) });
const nameOf = ({ ref }: KeptObject) => `${wordOf(ref.kind)}/${ref.name}`;

function viewOf({ options, output }: CommandContext): View {
  return { wide: output.format === "wide", allNamespaces: options.flag("all-namespaces"), now: Date.now(), output };
}

/** A first table, then a line for each object that changed. Columns stay as wide as the first table made them. */
async function watch(context: CommandContext, service: Scheduler): Promise<void> {
  const words = targetsOf(context.positionals);
  if ("targets" in words) throw new UsageError("--watch: name one KIND, and then the names");
  const { kind, names } = words;
  const isWanted = ({ ref }: KeptObject) => names.length === 0 || names.includes(ref.name);
  const seen = new Map<string, KeptObject>();
  const asked = query(context, kind);
  let { objects, revision } = await listAll(service, asked);
  show(context, kind, objects.filter(isWanted));
  for (;;) {
    for (const object of objects) seen.set(object.uid, object);
    ({ objects, revision } = await listAll(service, { ...asked, since: revision, waitMs: watchMs }));
    for (const change of changes(seen, objects).filter(isWanted)) {
      context.output.item(
        asManifest(change),
        context.output.format === "name" ? nameOf(change) : changeRow(context, change),
      );
    }
  }
}

/** Kinds without a status would not show that the object is gone. */
function changeRow(context: CommandContext, change: KeptObject): string {
  const cells = rowOf(change, viewOf(context));
  const { phase } = change.status;
  const isUntold = phase === gonePhase && !cells.some((cell) => cell.includes(phase));
  return (isUntold ? [...cells, phase] : cells).join("   ");
}

const gonePhase = "Deleted";

/** What is new or was written since, and what is gone; the gone ones are taken out of `seen`. */
function changes(seen: Map<string, KeptObject>, objects: readonly KeptObject[]): KeptObject[] {
  const written = objects.filter(({ uid, revision }) => seen.get(uid)?.revision !== revision);
  const there = new Set(objects.map(({ uid }) => uid));
  const gone = [...seen.values()].filter(({ uid }) => !there.has(uid));
  for (const { uid } of gone) seen.delete(uid);
  return [
    ...written,
    ...gone.map((object) => ({ ...object, status: { ...object.status, phase: gonePhase }, isDeleting: false })),
  ];
}

async function getHosts(context: CommandContext, names: readonly string[]): Promise<void> {
  if (context.options.flag("watch")) throw new UsageError("--watch: hosts have no watch; see holdfast events --watch");
  const labelSelector = context.options.text("selector") ?? "";
  const { hosts } = await withScheduler(context, (service) => service.ListHosts({ labelSelector }));
  const wanted = hosts.filter(
    ({ hostId, friendlyName }) => names.length === 0 || names.includes(hostId) || names.includes(friendlyName),
  );
  const isThere = (name: string) => wanted.some((host) => host.hostId === name || host.friendlyName === name);
  const missing = names.filter((name) => !isThere(name));
  if (missing.length > 0) throw new CliError(`there is no host ${missing.join(", ")}: see holdfast host list`);
  const view = viewOf(context);
  const text =
    context.output.format === "name"
      ? wanted.map(({ hostId }) => `host/${hostId}`).join("\n")
      : table(
          hostHeader(view.wide),
          wanted.map((host) => hostRow(host, view)),
        );
  context.output.result({ hosts: wanted }, text);
}
