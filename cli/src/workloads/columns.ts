/** Objects as rows of a table, and hosts. */
import type { HostSummary, KeptObject, ObjectKind } from "@holdfast/contracts";
import type { Output } from "../output.ts";
import { formatBytes } from "../units.ts";
import { ageOf } from "./age.ts";
import { imagesOf } from "./images.ts";

export type View = {
  readonly wide: boolean;
  readonly allNamespaces: boolean;
  readonly now: number;
  readonly output: Pick<Output, "paint">;
};
type Column = readonly [title: string, cell: (object: KeptObject, view: View) => string, only?: "wide"];

const replicas = ({ status }: KeptObject, part: "expected" | "ready" | "updated" | "unavailable") =>
  String(status.replicas?.[part] ?? 0);
const phase: Column = ["STATUS", (object, { output }) => paintPhase(phaseOf(object), output)];
const age: Column = ["AGE", ({ createdAt }, { now }) => ageOf(now - createdAt)];
const images: Column = ["IMAGES", (object) => imagesOf(object.manifest).join(","), "wide"];
const keys: Column = ["KEYS", ({ status, manifest }) => keysOf(status.keys, manifest).join(",")];

const columns: Readonly<Record<ObjectKind, readonly Column[]>> = {
  WorkloadDeployment: [
    ["READY", (object) => `${replicas(object, "ready")}/${replicas(object, "expected")}`],
    ["UP-TO-DATE", (object) => replicas(object, "updated")],
    phase,
    age,
    ["ROLLOUT", ({ status }) => String(status.rollout ?? ""), "wide"],
    images,
  ],
  WorkloadReplicaSet: [
    ["READY", (object) => `${replicas(object, "ready")}/${replicas(object, "expected")}`],
    ["ROLLOUT", ({ status }) => String(status.rollout ?? "")],
    phase,
    age,
    images,
  ],
  Workload: [
    ["HOST", ({ status }) => status.hostId ?? ""],
    ["RESTARTS", ({ status }) => String(status.restarts ?? 0)],
    phase,
    age,
    ["WORKLOAD ID", ({ status }) => status.workloadId ?? "", "wide"],
    images,
  ],
  Host: [["HOST ID", ({ manifest }) => textAt(manifest, "hostId")], phase, age],
  Artifact: [["DIGEST", ({ status }) => (status.digest ?? "").slice(0, 19)], phase, age, images],
  ConfigMap: [keys, age],
  Secret: [["TYPE", ({ manifest }) => textAt(manifest, "type")], keys, age],
};

const titleOf = ([title]: Column) => title;

export function headerOf(kind: ObjectKind, view: View): string[] {
  return [...(view.allNamespaces ? ["NAMESPACE"] : []), "NAME", ...shown(kind, view).map(titleOf)];
}

export function rowOf(object: KeptObject, view: View): string[] {
  const { kind, namespace, name } = object.ref;
  return [...(view.allNamespaces ? [namespace] : []), name, ...shown(kind, view).map(([, cell]) => cell(object, view))];
}

function shown(kind: ObjectKind, { wide }: View): Column[] {
  return columns[kind].filter(([, , only]) => wide || only === undefined);
}

/** What one sees at a glance. */
export const phaseOf = ({ isDeleting, status }: KeptObject): string =>
  isDeleting ? "Deleting" : status.phase || "Pending";

/** Green for what is well, red for what is not, yellow for what is on its way. */
export function paintPhase(text: string, output: Pick<Output, "paint">): string {
  if (/^(Running|Ready|Available|Complete|Completed|Synced|Stored)$/i.test(text)) return output.paint("green", text);
  return output.paint(/^(Failed|Error|Gone|Degraded)/i.test(text) ? "red" : "yellow", text);
}

export const hostHeader = (wide: boolean): string[] => [
  "HOST ID",
  "NAME",
  "STATE",
  "WORKLOADS",
  "CPU",
  "MEMORY FREE",
  "HTTP PORT",
  "AGE",
  ...(wide ? ["ENVIRONMENT", "VERSION", "LABELS"] : []),
];

export function hostRow(host: HostSummary, { wide, now, output }: View): string[] {
  return [
    host.hostId,
    host.friendlyName || host.hostname,
    paintPhase(host.state, output),
    String(host.workloads),
    `${host.cpuUsage.toFixed(0)} %`,
    `${formatBytes(host.memoryFree)} of ${formatBytes(host.memoryTotal)}`,
    host.httpPort === 0 ? "" : String(host.httpPort),
    ageOf(now - host.startedAt),
    ...(wide ? [host.environment, host.version, labelText(host.labels)] : []),
  ];
}

export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** Of a Secret by its status, which is all that is known of it; of a ConfigMap by its data. */
function keysOf(known: readonly string[] | undefined, { data }: KeptObject["manifest"]): readonly string[] {
  return known ?? (typeof data === "object" && data !== null ? Object.keys(data) : []);
}

function textAt(manifest: KeptObject["manifest"], field: string): string {
  const value = manifest[field];
  return typeof value === "string" ? value : "";
}
