/**
 * A scheduler and a host, written from their contracts and kept in memory: what the commands ask and how they show answers is
 * proven against the contracts here, without waiting for placement. platform.test.ts has the real ones.
 */
import {
  type ApplyResult,
  type HostSummary,
  hostAgent,
  type KeptObject,
  type LogLine,
  type ObjectEvent,
  type ObjectKind,
  type ObjectRef,
  scheduler,
} from "@holdfast/contracts";
import { hostSubject } from "@holdfast/host-protocol";
import { checkDocument, type Manifest } from "@holdfast/manifests";
import { fail, serve } from "@holdfast/micro";
import type { NatsConnection } from "@nats-io/transport-node";

export type PlatformStandIn = {
  readonly objects: Map<string, KeptObject>;
  readonly values: Map<string, Record<string, string>>;
  readonly logs: LogLine[];
  /** What `workload start` asked for. */
  readonly started: unknown[];
  put(ref: ObjectRef, change: Partial<KeptObject>): KeptObject;
  tell(event: Partial<ObjectEvent>): void;
};

const keyOf = ({ kind, namespace, name }: ObjectRef) => `${kind} ${namespace}/${name}`;
const noStatus: KeptObject["status"] = { conditions: [], phase: "", observedGeneration: 0 };

export async function startPlatform(nc: NatsConnection): Promise<PlatformStandIn> {
  let revision = 0;
  const objects = new Map<string, KeptObject>();
  const values = new Map<string, Record<string, string>>();
  const events: ObjectEvent[] = [];
  const logs: LogLine[] = [];
  const started: unknown[] = [];
  const waiting = new Set<() => void>();
  const host: HostSummary = {
    hostId: "host-1",
    hostname: "box",
    friendlyName: "north",
    version: "0.1.0",
    environment: "",
    httpPort: 8000,
    labels: { hostgroup: "default" },
    state: "Ready",
    cpuUsage: 12.4,
    memoryTotal: 8 * 2 ** 30,
    memoryFree: 4 * 2 ** 30,
    workloads: 1,
    startedAt: Date.now() - 3_600_000,
    lastHeartbeatAt: Date.now(),
  };

  const wake = () => {
    for (const each of waiting) each();
    waiting.clear();
  };
  const written = (limitMs: number) =>
    new Promise<void>((settle) => {
      const timer = setTimeout(settle, limitMs);
      waiting.add(() => (clearTimeout(timer), settle()));
    });
  const put = (ref: ObjectRef, change: Partial<KeptObject>): KeptObject => {
    revision += 1;
    const before = objects.get(keyOf(ref));
    const made = {
      uid: keyOf(ref),
      createdAt: Date.now() - 200_000,
      isDeleting: false,
      status: noStatus,
      manifest: {},
      generation: 1,
    };
    const object: KeptObject = { ref, ...made, ...before, ...change, revision };
    objects.set(keyOf(ref), object);
    wake();
    return object;
  };
  const find = (ref: ObjectRef): KeptObject => {
    const found = objects.get(keyOf(ref));
    if (found === undefined) throw fail("NoSuchObject", `there is no ${ref.kind} ${ref.namespace}/${ref.name}`);
    return found;
  };
  const list = (kind: ObjectKind, namespace?: string) =>
    [...objects.values()].filter(
      ({ ref }) => ref.kind === kind && (namespace === undefined || ref.namespace === namespace),
    );
  const apply = (manifest: Manifest, document: number, dryRun: boolean): ApplyResult => {
    const ref = { kind: manifest.kind, namespace: manifest.metadata.namespace, name: manifest.metadata.name };
    const plain: Record<string, unknown> = JSON.parse(JSON.stringify(manifest));
    const before = objects.get(keyOf(ref));
    const isSame = before !== undefined && JSON.stringify(before.manifest) === JSON.stringify(plain);
    if (!isSame && !dryRun) put(ref, { manifest: plain, generation: (before?.generation ?? 0) + 1 });
    const outcome = before === undefined ? "created" : isSame ? "unchanged" : "configured";
    return { document, name: keyOf(ref), ref, outcome, message: "", problems: [] };
  };
  const setValues = (ref: ObjectRef, set: Record<string, string>, unset: readonly string[]) => {
    const kept = { ...values.get(keyOf(ref)), ...set };
    for (const key of unset) delete kept[key];
    values.set(keyOf(ref), kept);
    const keys = Object.keys(kept);
    return { keys, revision: put(ref, { status: { ...noStatus, keys } }).revision };
  };

  await serve(nc, scheduler, {
    async Apply({ documents, dryRun, set, prune }) {
      const checked = documents.flatMap((value, document) =>
        checkDocument(value).map((found) => ({ found, document })),
      );
      const isRefused = checked.some(({ found }) => found.outcome === "refused");
      const results = checked.map(({ found, document }): ApplyResult => {
        if (found.outcome === "manifest") return apply(found.manifest, document, dryRun || isRefused);
        const base = { document, name: found.name, outcome: found.outcome, message: "", problems: [] };
        if (found.outcome === "passed over") return { ...base, message: found.reason };
        return { ...base, problems: found.problems.map(({ path, message }) => ({ path: [...path], message })) };
      });
      if (set !== undefined && prune)
        results.push({ name: "Artifact default/old", outcome: "pruned", message: "", problems: [] });
      return { results, isApplied: !isRefused && !dryRun };
    },
    Get: async (ref) => find(ref),
    async List({ kind, namespace, since, waitMs }) {
      if (since !== undefined && revision <= since) await written(waitMs);
      return { objects: list(kind, namespace), revision };
    },
    async Describe(ref) {
      const object = find(ref);
      const children = [...objects.values()].filter(({ owner }) => owner !== undefined && keyOf(owner) === keyOf(ref));
      return { object, children, events: events.filter((event) => keyOf(event.object) === keyOf(ref)) };
    },
    async Delete(ref) {
      find(ref);
      objects.delete(keyOf(ref));
      revision += 1;
      wake();
      return {};
    },
    async ListEvents({ since, name, waitMs }) {
      const after = () =>
        events.filter((event) => event.revision > since && (name === undefined || event.object.name === name));
      if (after().length === 0) await written(waitMs);
      return { events: after(), revision: events.at(-1)?.revision ?? since };
    },
    ListHosts: async () => ({ hosts: [host] }),
    async InspectHost({ hostId }) {
      if (hostId !== host.hostId) throw fail("NoSuchHost", `there is no host ${hostId}`);
      const imports = [
        { namespace: "wasi", package: "keyvalue", version: "0.2.0-draft", interfaces: ["store", "atomics"] },
      ];
      return {
        host,
        osArch: "x86_64",
        osName: "linux",
        osKernel: "6.1",
        imports,
        exports: [],
        workloads: list("Workload"),
      };
    },
    async DrainHost({ isDraining }) {
      host.workloads = isDraining ? Math.max(0, host.workloads - 1) : host.workloads;
      return { workloads: host.workloads };
    },
    async LabelHost({ labels }) {
      for (const [key, value] of Object.entries(labels)) {
        if (value === null) delete host.labels[key];
        else host.labels[key] = value;
      }
      return { labels: host.labels };
    },
    async RolloutHistory(target) {
      find({ kind: "WorkloadDeployment", ...target });
      const base = { createdAt: Date.now() - 90_000, images: ["s3://components/a.wasm"], replicas: 3, ready: 3 };
      return {
        rollouts: [
          { ...base, rollout: 1, replicaSet: "a-1", isCurrent: false },
          { ...base, rollout: 2, replicaSet: "a-2", isCurrent: true },
        ],
      };
    },
    async Rollback({ toRollout, ...target }) {
      if (toRollout === 99) throw fail("Refused", "there is no rollout 99; there are 1, 2");
      return find({ kind: "WorkloadDeployment", ...target });
    },
    async GetConfig(target) {
      const ref = { kind: "ConfigMap" as const, ...target };
      return { data: values.get(keyOf(ref)) ?? {}, revision: find(ref).revision };
    },
    SetConfig: async ({ set, unset, ...target }) => setValues({ kind: "ConfigMap", ...target }, set, unset),
    SetSecret: async ({ set, unset, type: _type, ...target }) => setValues({ kind: "Secret", ...target }, set, unset),
    DescribeScheduler: async () => ({ instance: "a", isLeader: true, revision, objects: {}, hosts: 1 }),
  });

  await serveHost(nc, logs, started);
  return {
    objects,
    values,
    logs,
    started,
    put,
    tell(event) {
      revision += 1;
      const object = { kind: "Workload" as const, namespace: "default", name: "a" };
      events.push({
        revision,
        time: Date.now(),
        type: "Normal",
        reason: "Started",
        message: "it runs",
        object,
        ...event,
      });
      wake();
    },
  };
}

/** host-1: logs by its endpoint, start, stop and status by the host protocol. */
async function serveHost(nc: NatsConnection, logs: LogLine[], started: unknown[]): Promise<void> {
  const unused = async (): Promise<never> => {
    throw new Error("not asked for by any command");
  };
  await serve(
    nc,
    hostAgent,
    {
      Heartbeat: unused,
      StartWorkload: unused,
      WorkloadStatus: unused,
      StopWorkload: unused,
      Inspect: unused,
      ListWorkloads: unused,
      DescribeWorkload: unused,
      Drain: unused,
      async Logs({ workloadId, after }) {
        if (workloadId !== "w-1") throw fail("NoSuchWorkload", `there is no ${workloadId}`);
        return { lines: logs.filter(({ sequence }) => sequence > after), dropped: 0, isOpen: false };
      },
    },
    { instance: "host-1" },
  );
  const states = { start: "RUNNING", status: "RUNNING", stop: "STOPPING" } as const;
  for (const [verb, state] of Object.entries(states)) {
    const operation = `workload.${verb === "start" ? "start" : verb === "stop" ? "stop" : "status"}` as const;
    nc.subscribe(hostSubject("host-1", operation), {
      callback: (_error, message) => {
        const request: { workloadId: string } = message.json();
        if (verb === "start") started.push(request);
        const workloadState = request.workloadId === "unknown" ? "NOT_FOUND" : state;
        const workloadStatus = { workloadId: request.workloadId, workloadState: `WORKLOAD_STATE_${workloadState}` };
        message.respond(JSON.stringify({ workloadStatus }));
      },
    });
  }
}
