/** `holdfast host ...`: the machines that run workloads. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HostSummary } from "@holdfast/contracts";
import type { Command } from "../command.ts";
import { CliError, UsageError } from "../errors.ts";
import { type Output, table } from "../output.ts";
import { formatBytes, parseSeconds } from "../units.ts";
import { ageOf } from "../workloads/age.ts";
import { headerOf, hostHeader, hostRow, labelText, rowOf, type View } from "../workloads/columns.ts";
import { selectorOption } from "../workloads/options.ts";
import { type Scheduler, withScheduler } from "../workloads/scheduler-call.ts";
import { asManifest } from "../workloads/manifest-of.ts";

const hostArgument = { name: "HOST", help: "its id, or its name where only one host has it" };

const list: Command = {
  name: "host list",
  summary: "list the hosts that were heard of",
  options: {
    ...selectorOption,
    output: {
      value: "FORMAT",
      short: "o",
      choices: ["text", "wide", "json", "yaml"],
      help: "how results are printed (default text)",
    },
  },
  async run(context) {
    const { options, output } = context;
    const labelSelector = options.text("selector") ?? "";
    const { hosts } = await withScheduler(context, (service) => service.ListHosts({ labelSelector }));
    const view: View = { wide: output.format === "wide", allNamespaces: false, now: Date.now(), output };
    output.result(
      { hosts },
      table(
        hostHeader(view.wide),
        hosts.map((host) => hostRow(host, view)),
      ),
    );
  },
};

const inspect: Command = {
  name: "host inspect",
  summary: "tell all about a host: what it is, what it offers, what runs there",
  positionals: [hostArgument],
  run: (context) =>
    withScheduler(context, (service) => showHost(service, context.positionals[0] ?? "", context.output)),
};

/** Prints all about the host of this id or name. */
export async function showHost(service: Scheduler, word: string, output: Output): Promise<void> {
  const { hostId } = await findHost(service, word);
  const found = await service.InspectHost({ hostId });
  const view: View = { wide: false, allNamespaces: true, now: Date.now(), output };
  const { workloads, imports, exports } = found;
  const text = [
    table(
      ["", ""],
      facts(found.host, found).map(([name, value]) => [`${name}:`, value]),
    ).trim(),
    `Imports offered:\n${imports.map(interfaceText).join("\n") || "  none"}`,
    `Exports called:\n${exports.map(interfaceText).join("\n") || "  none"}`,
    workloads.length === 0
      ? "Workloads:\n  none"
      : `Workloads:\n${table(
          headerOf("Workload", view),
          workloads.map((each) => rowOf(each, view)),
        ).replaceAll(/^/gm, "  ")}`,
  ].join("\n\n");
  output.item({ ...found, workloads: workloads.map(asManifest) }, text);
}

function facts(host: HostSummary, { osArch, osName, osKernel }: { osArch: string; osName: string; osKernel: string }) {
  const now = Date.now();
  return [
    ["Host id", host.hostId],
    ["Name", host.friendlyName],
    ["Hostname", host.hostname],
    ["State", host.state],
    ["Version", host.version],
    ["System", [osName, osKernel, osArch].filter(Boolean).join(" ")],
    ["CPU", `${host.cpuUsage.toFixed(0)} %`],
    ["Memory", `${formatBytes(host.memoryFree)} of ${formatBytes(host.memoryTotal)} free`],
    ["HTTP port", host.httpPort === 0 ? "none" : String(host.httpPort)],
    ["Environment", host.environment],
    ["Labels", labelText(host.labels)],
    ["Up for", ageOf(now - host.startedAt)],
    ["Last heard", `${ageOf(now - host.lastHeartbeatAt)} ago`],
  ] as const;
}

type Interface = { namespace: string; package: string; version: string; interfaces: readonly string[] };
const interfaceText = ({ namespace, package: name, version, interfaces }: Interface) =>
  `  ${namespace}:${name}/${interfaces.length === 1 ? interfaces[0] : `{${interfaces.join(", ")}}`}${version === "" ? "" : `@${version}`}`;

/** By id, else by its name. Throws CliError when there is none, or more than one. */
async function findHost(service: Scheduler, word: string): Promise<HostSummary> {
  const { hosts } = await service.ListHosts({});
  const byId = hosts.find(({ hostId }) => hostId === word);
  if (byId !== undefined) return byId;
  const [named, other] = hosts.filter(({ friendlyName, hostname }) => friendlyName === word || hostname === word);
  if (named === undefined) throw new CliError(`there is no host ${word}: see holdfast host list`);
  if (other !== undefined)
    throw new CliError(`more than one host is called ${word}: name it by its id, see holdfast host list`);
  return named;
}

const lookEveryMs = 500;

const drain: Command = {
  name: "host drain",
  summary: "move everything off a host and place nothing there",
  details:
    "What runs there is started elsewhere first where the deployment's policy asks for that. --undo takes starts again.",
  positionals: [hostArgument],
  options: {
    undo: { help: "the host takes workloads again" },
    wait: { help: "until nothing runs there any more" },
    timeout: { value: "DURATION", help: "with --wait: for how long (default 5m)" },
  },
  async run(context) {
    const [word = ""] = context.positionals;
    const { options, output } = context;
    const timeoutMs = parseSeconds("--timeout", options.text("timeout") ?? "5m") * 1_000;
    const isDraining = !options.flag("undo");
    await withScheduler(context, async (service) => {
      const { hostId } = await findHost(service, word);
      const asked = await service.DrainHost({ hostId, isDraining });
      const workloads =
        isDraining && options.flag("wait")
          ? await untilEmpty(service, hostId, Date.now() + timeoutMs, output)
          : asked.workloads;
      const state = isDraining ? `is draining, ${workloads} workloads on it` : "takes workloads again";
      output.result({ hostId, isDraining, workloads }, `${hostId} ${state}`);
    });
  },
};

async function untilEmpty(service: Scheduler, hostId: string, deadline: number, output: Output): Promise<number> {
  for (let before = Infinity; ; await sleep(lookEveryMs)) {
    const { workloads } = await service.DrainHost({ hostId, isDraining: true });
    if (workloads === 0) return 0;
    if (Date.now() > deadline) {
      throw new CliError(`${workloads} workloads are still on ${hostId}: see holdfast host inspect ${hostId}`);
    }
    if (workloads !== before) output.progress(`${workloads} workloads left on ${hostId}`);
    before = workloads;
  }
}

const label: Command = {
  name: "host label",
  summary: "set labels of a host on top of its own, or take them away",
  positionals: [hostArgument, { name: "LABEL", help: "KEY=VALUE sets one, KEY- takes it away", rest: true }],
  examples: ["holdfast host label edge-7 disk=ssd zone-"],
  async run(context) {
    const [word = "", ...changes] = context.positionals;
    const labels = Object.fromEntries(changes.map(labelChange));
    const done = await withScheduler(context, async (service) => {
      const { hostId } = await findHost(service, word);
      return { hostId, ...(await service.LabelHost({ hostId, labels })) };
    });
    context.output.result(done, `${done.hostId}: ${labelText(done.labels) || "no labels"}`);
  },
};

/** `a=b` -> set it, `a-` -> take it away. */
export function labelChange(text: string): [key: string, value: string | null] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  if (at < 0 && text.length > 1 && text.endsWith("-")) return [text.slice(0, -1), null];
  throw new UsageError(`LABEL: "${text}" is neither KEY=VALUE nor KEY-`);
}

export const hostCommands: readonly Command[] = [list, inspect, drain, label];
