/** `holdfast rollout ...`: a deployment's way from one template to the next. */
import type { KeptObject } from "@holdfast/contracts";
import type { Command, CommandContext } from "../command.ts";
import { CliError } from "../errors.ts";
import { type Output, table } from "../output.ts";
import { parseSeconds } from "../units.ts";
import { ageOf } from "../workloads/age.ts";
import { asManifest } from "../workloads/manifest-of.ts";
import { namespaceOf, namespaceOption } from "../workloads/options.ts";
import { listAll, type Scheduler, watchMs, withScheduler } from "../workloads/scheduler-call.ts";

const nameArgument = { name: "NAME", help: "the deployment" };
const targetOf = (context: CommandContext) => ({
  namespace: namespaceOf(context),
  name: (context.positionals[0] ?? "").replace(/^deploy(ment)?s?\//, ""),
});

const status: Command = {
  name: "rollout status",
  summary: "wait until every replica of a deployment is new and ready",
  details: "Exits with 1 when that takes longer than --timeout, with what the deployment says of itself.",
  positionals: [nameArgument],
  options: {
    ...namespaceOption,
    timeout: { value: "DURATION", help: "for how long (default 5m)" },
    "no-wait": { help: "only say how it is now" },
  },
  async run(context) {
    const { options, output } = context;
    const target = targetOf(context);
    const timeoutMs = parseSeconds("--timeout", options.text("timeout") ?? "5m") * 1_000;
    const object = await withScheduler(context, (service) =>
      options.flag("no-wait")
        ? service.Get({ kind: "WorkloadDeployment", ...target })
        : untilComplete(service, target, Date.now() + timeoutMs, output),
    );
    const { isComplete, text } = progressOf(object);
    output.result(
      { name: object.ref.name, isComplete, replicas: object.status.replicas, rollout: object.status.rollout },
      text,
    );
  },
};

/** Waits for writes and not by the clock: progress is told as it is made. */
async function untilComplete(
  service: Scheduler,
  target: { namespace: string; name: string },
  deadline: number,
  output: Output,
): Promise<KeptObject> {
  let told = "";
  let object = await service.Get({ kind: "WorkloadDeployment", ...target });
  let { revision } = await service.List({ kind: "WorkloadDeployment", namespace: target.namespace, limit: 1 });
  for (;;) {
    const { isComplete, text } = progressOf(object);
    if (isComplete) return object;
    if (text !== told) output.progress(text);
    told = text;
    const left = deadline - Date.now();
    if (left <= 0)
      throw new CliError(
        `${target.name} is not rolled out: ${text}${reasonOf(object)}; see holdfast describe deployment ${target.name}`,
      );
    const listed = await listAll(service, {
      kind: "WorkloadDeployment",
      namespace: target.namespace,
      since: revision,
      waitMs: Math.min(left, watchMs),
    });
    ({ revision } = listed);
    const found = listed.objects.find(({ ref }) => ref.name === target.name);
    if (found === undefined) throw new CliError(`${target.name} was deleted meanwhile`);
    object = found;
  }
}

/** Complete: the scheduler has looked at the newest manifest, and all replicas that it wants are of it and ready, and no others are left. */
export function progressOf({ ref, generation, status }: KeptObject): { isComplete: boolean; text: string } {
  const { expected = 0, updated = 0, ready = 0, current = 0 } = status.replicas ?? {};
  if (status.observedGeneration < generation || status.replicas === undefined) {
    return { isComplete: false, text: `${ref.name}: the scheduler has not looked at it yet` };
  }
  const isComplete = updated >= expected && ready >= expected && current <= expected;
  // `updated` counts those that are ready: how many of the others are old, only the scheduler knows
  const surplus = Math.max(0, current - expected);
  const rest = surplus === 0 ? "" : `, ${surplus} more than wanted`;
  return { isComplete, text: `${ref.name}: ${updated} of ${expected} replicas are new, ${ready} ready${rest}` };
}

/** What the conditions say against it. */
function reasonOf({ status }: KeptObject): string {
  const bad = status.conditions.filter((condition) => condition.status === "False").map(({ message }) => message);
  return bad.length === 0 ? "" : ` (${bad.join("; ")})`;
}

const history: Command = {
  name: "rollout history",
  summary: "list the templates a deployment had",
  positionals: [nameArgument],
  options: namespaceOption,
  async run(context) {
    const { rollouts } = await withScheduler(context, (service) => service.RolloutHistory(targetOf(context)));
    const now = Date.now();
    const rows = rollouts.map(({ rollout, replicaSet, createdAt, images, replicas, ready, isCurrent }) => [
      `${rollout}${isCurrent ? " (current)" : ""}`,
      replicaSet,
      `${ready}/${replicas}`,
      ageOf(now - createdAt),
      images.join(","),
    ]);
    context.output.result({ rollouts }, table(["ROLLOUT", "REPLICA SET", "READY", "AGE", "IMAGES"], rows));
  },
};

const undo: Command = {
  name: "rollout undo",
  summary: "give a deployment an earlier template again",
  positionals: [nameArgument],
  options: {
    ...namespaceOption,
    to: { value: "ROLLOUT", help: "a number of `holdfast rollout history` (default: the one before)" },
  },
  async run(context) {
    const toRollout = context.options.integer("to", { min: 1, max: Number.MAX_SAFE_INTEGER });
    const input = { ...targetOf(context), ...(toRollout === undefined ? {} : { toRollout }) };
    const object = await withScheduler(context, (service) => service.Rollback(input));
    context.output.result(
      asManifest(object),
      `${object.ref.name} is rolled back: holdfast rollout status ${object.ref.name}`,
    );
  },
};

const restart: Command = {
  name: "rollout restart",
  summary: "replace every workload of a deployment, by its own deploy policy",
  positionals: [nameArgument],
  options: namespaceOption,
  async run(context) {
    const { namespace, name } = targetOf(context);
    await withScheduler(context, async (service) => {
      const { manifest } = await service.Get({ kind: "WorkloadDeployment", namespace, name });
      const { results } = await service.Apply({ documents: [restarted(manifest, new Date())] });
      const problem = results.flatMap(({ problems }) => problems)[0];
      if (problem !== undefined) throw new CliError(`${name} cannot be restarted: ${problem.message}`);
      context.output.result({ namespace, name }, `${name} is being restarted: holdfast rollout status ${name}`);
    });
  },
};

type Fields = Readonly<Record<string, unknown>>;
const fieldsAt = (value: Fields, key: string): Fields => {
  const found = value[key];
  return typeof found === "object" && found !== null ? { ...found } : {};
};

/** The same with another template: an annotation with the time. */
export function restarted(manifest: Fields, now: Date): Fields {
  const spec = fieldsAt(manifest, "spec");
  const template = fieldsAt(spec, "template");
  const annotations = { ...fieldsAt(template, "annotations"), "holdfast.dev/restarted-at": now.toISOString() };
  return { ...manifest, spec: { ...spec, template: { ...template, annotations } } };
}

export const rolloutCommands: readonly Command[] = [status, history, undo, restart];
