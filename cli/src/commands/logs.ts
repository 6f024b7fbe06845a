/** `holdfast logs`: what a workload, or all of a deployment's, wrote. Asked of the hosts themselves. */
import { hostAgent, type KeptObject, type LogLine, type ObjectKind, scheduler } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Command, CommandContext } from "../command.ts";
import { CliError, UsageError } from "../errors.ts";
import { explain } from "../mesh-call.ts";
import { connectToMesh } from "../mesh-connection.ts";
import type { Output } from "../output.ts";
import { kindOf } from "../workloads/kinds.ts";
import { namespaceOf, namespaceOption } from "../workloads/options.ts";
import { findObject, listAll, type Scheduler, watchMs } from "../workloads/scheduler-call.ts";

const most = 1_000;
const colours = { trace: "dim", debug: "dim", info: "green", warn: "yellow", error: "red", fatal: "red" } as const;

export const logsCommand: Command = {
  name: "logs",
  summary: "show what a workload, or every workload of a deployment, wrote",
  details: "Hosts keep the newest lines of what they run; what ran on a host that is gone went with it.",
  positionals: [{ name: "NAME", help: "of a deployment, or workload/NAME, or replicaset/NAME" }],
  options: {
    ...namespaceOption,
    follow: { short: "f", help: "go on until Ctrl-C, or until all of them have ended" },
    tail: { value: "LINES", help: `the newest ones of each workload, 1 to ${most} (default 200)` },
    component: { value: "NAME", help: "only of this component" },
    timestamps: { help: "with the time of each line" },
  },
  examples: ["holdfast logs hello --follow", "holdfast logs workload/hello-7f3-x2k"],
  async run(context) {
    await using nc = await connectToMesh(context);
    const workloads = await placedWorkloads(context, client(nc, scheduler)).catch((error: unknown) => {
      throw explain(error, "scheduler");
    });
    await Promise.all(workloads.map((workload) => showLog(context, nc, workload, workloads.length > 1)));
  },
};

type Placed = { readonly name: string; readonly hostId: string; readonly workloadId: string };

async function placedWorkloads(context: CommandContext, service: Scheduler): Promise<Placed[]> {
  const workloads = await workloadsOf(context, service);
  const placed = workloads.flatMap(({ ref, status: { hostId, workloadId } }) =>
    hostId === undefined || workloadId === undefined ? [] : [{ name: ref.name, hostId, workloadId }],
  );
  if (placed.length > 0) return placed;
  const [name = ""] = context.positionals;
  throw new CliError(
    `nothing of ${name} runs on a host: holdfast describe ${name.includes("/") ? name : `deployment/${name}`} says why`,
  );
}

/** The workload of this name, or all below the deployment or replica set. */
async function workloadsOf(context: CommandContext, service: Scheduler): Promise<KeptObject[]> {
  const [word = ""] = context.positionals;
  const [kind, name] = targetOf(word);
  const namespace = namespaceOf(context);
  const target = await findObject(service, { kind, namespace, name });
  if (target === undefined)
    throw new CliError(
      `there is no ${word} in namespace ${namespace}: see holdfast get ${kind === "Workload" ? "workloads" : "deployments"}`,
    );
  if (kind === "Workload") return [target];
  const [sets, workloads] = await Promise.all([
    listAll(service, { kind: "WorkloadReplicaSet", namespace }),
    listAll(service, { kind: "Workload", namespace }),
  ]);
  const isOwned = (object: KeptObject, owner: ObjectKind, name: string) =>
    object.owner?.kind === owner && object.owner.name === name;
  const owners = kind === "WorkloadReplicaSet" ? [target] : sets.objects.filter((set) => isOwned(set, kind, name));
  return workloads.objects.filter((each) => owners.some((set) => isOwned(each, "WorkloadReplicaSet", set.ref.name)));
}

function targetOf(word: string): [ObjectKind, string] {
  if (!word.includes("/")) return ["WorkloadDeployment", word];
  const [kindWord = "", name = ""] = word.split("/");
  const kind = kindOf(kindWord);
  if (kind === "WorkloadDeployment" || kind === "WorkloadReplicaSet" || kind === "Workload") return [kind, name];
  throw new UsageError(`NAME: a ${kindWord} has no log; deployments, replica sets and workloads have`);
}

async function showLog(context: CommandContext, nc: NatsConnection, placed: Placed, withName: boolean): Promise<void> {
  const { options, output } = context;
  const host = client(nc, hostAgent, { instance: placed.hostId });
  const component = options.text("component");
  const limit = options.integer("tail", { min: 1, max: most }) ?? 200;
  const show = (lines: readonly LogLine[]) => {
    for (const line of lines) {
      if (component !== undefined && line.component !== component) continue;
      output.item({ workload: placed.name, ...line }, lineText(line, context, withName ? placed.name : undefined));
    }
  };
  try {
    const first = await host.Logs({ workloadId: placed.workloadId, limit, tail: true });
    show(first.lines);
    let { isOpen } = first;
    let after = first.lines.at(-1)?.sequence ?? 0;
    while (options.flag("follow") && isOpen) {
      const next = await host.Logs({ workloadId: placed.workloadId, after, limit: most, waitMs: watchMs });
      if (next.dropped > 0) output.warn(`${placed.name}: ${next.dropped} lines came too fast and are lost`);
      show(next.lines);
      after = next.lines.at(-1)?.sequence ?? after;
      ({ isOpen } = next);
    }
  } catch (error) {
    throw explain(error, `host-agent ${placed.hostId}`);
  }
}

function lineText(
  line: LogLine,
  { options, output }: { options: CommandContext["options"]; output: Output },
  name: string | undefined,
): string {
  const parts = [
    ...(options.flag("timestamps") ? [output.paint("dim", new Date(line.time).toISOString())] : []),
    ...(name === undefined ? [] : [output.paint("cyan", name)]),
    output.paint(colours[line.level], line.level.padEnd(5)),
    line.message.trimEnd(),
  ];
  return parts.join(" ");
}
