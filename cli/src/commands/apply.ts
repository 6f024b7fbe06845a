/** `holdfast apply`: makes objects be as manifests say. */
import type { ApplyResult } from "@holdfast/contracts";
import { checkDocument, pathText, type SourceDocument } from "@holdfast/manifests";
import { stringify } from "yaml";
import type { Command } from "../command.ts";
import { CliError, UsageError } from "../errors.ts";
import type { Output } from "../output.ts";
import { hunks, lineDiff } from "../workloads/line-diff.ts";
import { readManifests } from "../workloads/manifest-files.ts";
import { filenameOption, namespaceOption } from "../workloads/options.ts";
import { findObject, type Scheduler, withScheduler } from "../workloads/scheduler-call.ts";

const signs = {
  created: ["+", "green"],
  configured: ["~", "yellow"],
  unchanged: ["=", "dim"],
  pruned: ["-", "red"],
  "passed over": ["?", "dim"],
  refused: ["!", "red"],
} as const;

export const applyCommand: Command = {
  name: "apply",
  summary: "make objects be as these manifests say",
  details:
    "The scheduler checks all documents first; when one is refused, nothing is changed. Applying the same again changes nothing.\n" +
    "With --prune, what an earlier apply made under the same --set and these manifests do not name any more is deleted.",
  options: {
    ...filenameOption,
    ...namespaceOption,
    "dry-run": { help: "say what would happen, change nothing" },
    diff: { help: "show the lines of each object that change" },
    set: { value: "NAME", help: "the objects belong together under this name (label holdfast.dev/set)" },
    prune: { help: "delete what belongs to the set and is not among the manifests" },
  },
  examples: [
    "holdfast apply -f workload.yaml",
    "holdfast apply -f manifests/ --set shop --prune --dry-run --diff",
    "cat workload.yaml | holdfast apply -f -",
  ],
  async run(context) {
    const { options, output } = context;
    const set = options.text("set");
    const prune = options.flag("prune");
    if (prune && set === undefined)
      throw new UsageError("--prune needs --set: only what belongs to a set is ever pruned");
    const sources = await readManifests(context);
    const documents = sources.map(({ value }) => inNamespace(value, options.text("namespace")));
    const dryRun = options.flag("dry-run");
    const applied = await withScheduler(context, async (service) => {
      const before = options.flag("diff") ? await differences(service, documents) : new Map<string, string[]>();
      const input = { documents, dryRun, prune, ...(set === undefined ? {} : { set }) };
      return { before, ...(await service.Apply(input)) };
    });
    const { results, isApplied } = applied;
    const lines = results.flatMap((result) => [
      resultLine(result, output),
      ...(applied.before.get(result.name) ?? []).map((line) => `    ${paintDiff(line, output)}`),
    ]);
    output.result({ results, isApplied }, [...lines, ...(dryRun ? ["dry run: nothing was changed"] : [])].join("\n"));
    refuse(results, sources);
  },
};

/** A document that names no namespace gets the one asked for; `List`s are left as they are. */
export function inNamespace(value: unknown, namespace: string | undefined): unknown {
  if (namespace === undefined || !isFields(value) || !isFields(value["metadata"])) return value;
  const { metadata } = value;
  if (typeof metadata["namespace"] === "string" && metadata["namespace"] !== namespace) {
    throw new UsageError(
      `--namespace: ${String(value["kind"])} ${String(metadata["name"])} is of namespace ${metadata["namespace"]}`,
    );
  }
  return { ...value, metadata: { ...metadata, namespace } };
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function resultLine({ name, outcome, message }: ApplyResult, output: Output): string {
  const [sign, colour] = signs[outcome];
  return `${output.paint(colour, sign)} ${name} ${outcome}${message === "" ? "" : `: ${message}`}`;
}

function paintDiff(line: string, output: Output): string {
  if (line.startsWith("+")) return output.paint("green", line);
  return line.startsWith("-") ? output.paint("red", line) : line;
}

/** `WorkloadDeployment default/hello` -> the lines that change, of what is there already. A Secret's are never shown. */
async function differences(service: Scheduler, documents: readonly unknown[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const checked of documents.flatMap((document) => checkDocument(document))) {
    if (checked.outcome !== "manifest" || checked.manifest.kind === "Secret") continue;
    const { kind, metadata } = checked.manifest;
    const before = await findObject(service, { kind, namespace: metadata.namespace, name: metadata.name });
    if (before === undefined) continue;
    const lines = hunks(lineDiff(sorted(before.manifest), sorted(checked.manifest)));
    const changed = lines.some((line) => /^[+-]/.test(line));
    found.set(`${kind} ${metadata.namespace}/${metadata.name}`, changed ? lines : []);
  }
  return found;
}

/** As YAML in one order of fields, so that only what differs differs; what is empty counts as absent. */
const sorted = (value: unknown) => stringify(withoutEmpty(value), { sortMapEntries: true, lineWidth: 0 });

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isFields(value)) return value;
  const kept = Object.entries(value).map(([key, each]) => [key, withoutEmpty(each)] as const);
  return Object.fromEntries(
    kept.filter(([, each]) => each !== undefined && !(isFields(each) && Object.keys(each).length === 0)),
  );
}

/** Every problem with file, line and path. */
function refuse(results: readonly ApplyResult[], sources: readonly SourceDocument[]): void {
  const problems = results.flatMap(({ document, name, problems }) =>
    problems.map(({ path, message }) => {
      const where = document === undefined ? name : `${sources[document]?.locate(path) ?? name}: ${name}`;
      return `${where}: ${path.length === 0 ? "" : `${pathText(path)}: `}${message}`;
    }),
  );
  const refused = results.filter(({ outcome }) => outcome === "refused").length;
  if (refused === 0) return;
  throw new CliError([...problems, `${refused} refused, nothing was changed`].join("\nholdfast: "));
}
