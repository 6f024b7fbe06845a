import type { HostSummary, scheduler } from "@holdfast/contracts";
import { kinds } from "@holdfast/manifests";
import { fail } from "@holdfast/micro";
import type { Handlers } from "@holdfast/micro/contract";
import { changeObject } from "../change-object.ts";
import { HostTable, type PlacementHost } from "../domain/host-table.ts";
import { newHostRecord } from "../domain/lost-lives.ts";
import type { HostRecord } from "../domain/records.ts";
import type { SchedulerParts } from "../parts.ts";
import { answerBytes, firstObjects } from "./page.ts";
import { selectorOf } from "./selector.ts";

type Api = Handlers<typeof scheduler>;

async function tableOf({ store, seen, limits, now }: SchedulerParts): Promise<HostTable> {
  await store.refresh();
  return new HostTable(store.view, seen, limits, now());
}

function summary({ id, seen, labels, condition, workloads }: PlacementHost): HostSummary {
  const beat = seen?.heartbeat;
  const startedAt = Date.parse(beat?.startedAt ?? "");
  return {
    hostId: id,
    hostname: beat?.hostname ?? "",
    friendlyName: beat?.friendlyName ?? "",
    version: beat?.version ?? "",
    environment: beat?.environment ?? "",
    httpPort: beat?.httpPort ?? 0,
    labels: { ...labels },
    state: condition,
    cpuUsage: beat?.systemCpuUsage ?? 0,
    memoryTotal: beat?.systemMemoryTotal ?? 0,
    memoryFree: beat?.systemMemoryFree ?? 0,
    workloads,
    startedAt: Number.isNaN(startedAt) ? 0 : Math.max(0, startedAt),
    lastHeartbeatAt: seen?.lastSeenMs ?? 0,
  };
}

export function listHosts(parts: SchedulerParts): Api["ListHosts"] {
  return async ({ labelSelector }) => {
    const fits = selectorOf(labelSelector);
    const hosts = (await tableOf(parts)).all().filter(({ labels }) => fits(labels));
    return { hosts: hosts.sort((a, b) => (a.id < b.id ? -1 : 1)).map((host) => summary(host)) };
  };
}

async function findHost(parts: SchedulerParts, hostId: string): Promise<PlacementHost> {
  const host = (await tableOf(parts)).all().find(({ id }) => id === hostId);
  if (host === undefined) throw fail("NoSuchHost", `host ${hostId} has not been heard of`);
  return host;
}

/** At most so many workloads of one host in an answer. */
const maxWorkloads = 500;

export function inspectHost(parts: SchedulerParts): Api["InspectHost"] {
  return async ({ hostId }) => {
    const host = await findHost(parts, hostId);
    const placed = [...parts.store.view.all("Workload")].filter(
      ({ record }) => record.run.placement?.hostId === hostId,
    );
    const { osArch = "", osName = "", osKernel = "", imports = [], exports = [] } = host.seen?.heartbeat ?? {};
    const workloads = firstObjects(placed, maxWorkloads, answerBytes(parts.store));
    return { host: summary(host), osArch, osName, osKernel, imports, exports, workloads };
  };
}

function changeSettings(parts: SchedulerParts, hostId: string, change: (record: HostRecord) => HostRecord) {
  const { store, newUid, now } = parts;
  const fresh = () => newHostRecord(hostId, newUid(), now());
  return changeObject(store, { kind: "Host", namespace: "default", name: hostId }, (record) =>
    change(record ?? fresh()),
  );
}

export function drainHost(parts: SchedulerParts): Api["DrainHost"] {
  return async ({ hostId, isDraining }) => {
    const { workloads } = await findHost(parts, hostId);
    await changeSettings(parts, hostId, (record) => ({ ...record, isDraining }));
    return { workloads };
  };
}

export function labelHost(parts: SchedulerParts): Api["LabelHost"] {
  return async ({ hostId, labels }) => {
    const host = await findHost(parts, hostId);
    const own = { ...host.seen?.heartbeat.labels };
    const { record } = await changeSettings(parts, hostId, (before) => {
      const { metadata } = before.manifest;
      const merged = Object.entries({ ...metadata.labels, ...labels }).filter(([, value]) => value !== null);
      return {
        ...before,
        manifest: { ...before.manifest, metadata: { ...metadata, labels: checked(Object.fromEntries(merged)) } },
      };
    });
    return { labels: { ...own, ...record.manifest.metadata.labels } };
  };
}

/** Labels are bounded as in a manifest. */
function checked(labels: Record<string, unknown>): Record<string, string> {
  const { apiVersion, kind } = { apiVersion: "runtime.wasmcloud.dev/v1alpha1", kind: "Host" };
  const parsed = kinds.Host.safeParse({ apiVersion, kind, hostId: "h", metadata: { name: "h", labels } });
  if (parsed.success) return parsed.data.metadata.labels;
  const [issue] = parsed.error.issues;
  throw fail("Refused", `label ${String(issue?.path.at(-1))}: ${issue?.message ?? "not allowed"}`);
}
