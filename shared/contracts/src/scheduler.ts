/**
 * scheduler: keeps what should run and makes hosts run it. Every instance answers; the one that leads also acts.
 * Objects are those of @holdfast/manifests. A Secret's values go in and never come out.
 */
import { endpoint, service } from "@holdfast/micro/contract";
import { z } from "zod";
import { EpochMs } from "./common.ts";

export const ObjectKind = z.enum([
  "WorkloadDeployment",
  "WorkloadReplicaSet",
  "Workload",
  "Host",
  "Artifact",
  "ConfigMap",
  "Secret",
]);
export type ObjectKind = z.output<typeof ObjectKind>;

/** Manifests are stricter; hosts' ids have capitals and underscores as well. None holds what means more than itself in a subject. */
const Namespace = z
  .string()
  .max(63)
  .regex(/^[\w-]+$/, "letters, digits and '-' only");
const Name = z
  .string()
  .max(253)
  .regex(/^[\w-]+(?:\.[\w-]+)*$/, "letters, digits, '-' and '.' only");
/** Of the bucket of objects: grows with each write. */
const Revision = z.int().min(0);
const NamedObject = { namespace: Namespace.default("default"), name: Name };

export const ObjectRef = z.object({ kind: ObjectKind, namespace: Namespace, name: Name });
export type ObjectRef = z.output<typeof ObjectRef>;

/** Why an object is as it is. Types are wasmCloud's: HostSelection, Placement, Config, Sync, Ready, ... */
export const Condition = z.object({
  type: z.string(),
  status: z.enum(["True", "False", "Unknown"]),
  /** One word for programs: `NoMatchingHost`. */
  reason: z.string(),
  /** A sentence for people. */
  message: z.string(),
  /** When `status` became what it is. */
  since: EpochMs,
});
export type Condition = z.output<typeof Condition>;

export const ObjectStatus = z.object({
  conditions: z.array(Condition).default([]),
  /** One word: Running, Pending, Failed, Progressing, ... */
  phase: z.string().default(""),
  /** Which `generation` this status speaks of; behind it while the leader has not looked yet. */
  observedGeneration: z.int().default(0),
  replicas: z
    .object({
      expected: z.int(),
      current: z.int(),
      ready: z.int(),
      unavailable: z.int(),
      /** Of the newest template; of a deployment. */
      updated: z.int(),
    })
    .optional(),
  /** Of a deployment: the number of its newest template, as RolloutHistory has it; of a replica set: its own. */
  rollout: z.int().optional(),
  hostId: z.string().optional(),
  workloadId: z.string().optional(),
  environment: z.string().optional(),
  /** Starts after the first one. */
  restarts: z.int().optional(),
  /** Of an Artifact: what its image stands for, `sha256:<hex>`. */
  digest: z.string().optional(),
  /** Of a Secret: the names of its values. */
  keys: z.array(z.string()).optional(),
});
export type ObjectStatus = z.output<typeof ObjectStatus>;

export const KeptObject = z.object({
  ref: ObjectRef,
  /** What Apply would take back: apiVersion, kind, metadata, spec. Of a Secret: without values. */
  manifest: z.record(z.string(), z.unknown()),
  uid: z.string(),
  revision: Revision,
  /** Counts the changes of the manifest. */
  generation: z.int(),
  createdAt: EpochMs,
  owner: ObjectRef.optional(),
  /** It was deleted and goes when nothing of it runs any more. */
  isDeleting: z.boolean(),
  status: ObjectStatus,
});
export type KeptObject = z.output<typeof KeptObject>;

export const ObjectEvent = z.object({
  /** Of the stream of events. */
  revision: Revision,
  time: EpochMs,
  type: z.enum(["Normal", "Warning"]),
  reason: z.string(),
  message: z.string(),
  object: ObjectRef,
});
export type ObjectEvent = z.output<typeof ObjectEvent>;

export const ApplyResult = z.object({
  /** Which of the documents; absent for what was pruned. */
  document: z.int().optional(),
  /** `WorkloadDeployment default/hello`. */
  name: z.string(),
  ref: ObjectRef.optional(),
  outcome: z.enum(["created", "configured", "unchanged", "pruned", "passed over", "refused"]),
  revision: Revision.optional(),
  /** Why it was passed over. */
  message: z.string().default(""),
  /** What is wrong, each with its path from the document's root. */
  problems: z.array(z.object({ path: z.array(z.union([z.string(), z.int()])), message: z.string() })).default([]),
});
export type ApplyResult = z.output<typeof ApplyResult>;

export const HostSummary = z.object({
  hostId: z.string(),
  hostname: z.string(),
  friendlyName: z.string(),
  version: z.string(),
  environment: z.string(),
  httpPort: z.int(),
  /** The host's own and those of LabelHost, which win. */
  labels: z.record(z.string(), z.string()),
  /** `Silent`: no heartbeat for a while, gets nothing new; `Gone`: for a minute, its workloads move. */
  state: z.enum(["Ready", "Draining", "Stopped", "Silent", "Gone"]),
  /** Percent. */
  cpuUsage: z.number(),
  /** Bytes. */
  memoryTotal: z.number(),
  memoryFree: z.number(),
  /** Placed there by the scheduler. */
  workloads: z.int(),
  startedAt: EpochMs,
  lastHeartbeatAt: EpochMs,
});
export type HostSummary = z.output<typeof HostSummary>;

const Interface = z.object({
  namespace: z.string(),
  package: z.string(),
  version: z.string(),
  interfaces: z.array(z.string()),
});

const storeErrors = { SlowDown: { status: 503, retryable: true } } as const;
const NoSuchObject = { NoSuchObject: { status: 404 } } as const;
const NoSuchHost = { NoSuchHost: { status: 404 } } as const;
/** Somebody else wrote at the same time, again and again: read anew and decide. */
const Conflict = { OperationAborted: { status: 409 } } as const;
/** What was asked cannot be: the message says why. */
const Refused = { Refused: { status: 422 } } as const;

/** Equality and set terms as kubectl has them: `app=shop,tier!=db,env in (a, b),!legacy`. */
const LabelSelector = z.string().max(4096).default("");
const Values = z.record(z.string().min(1).max(253), z.string());

export const scheduler = service({
  name: "scheduler",
  version: "1.0.0",
  description: "Desired state of workloads: kept, placed on hosts, and held there",
  subject: "scheduler.v1",
  endpoints: {
    Apply: endpoint({
      summary:
        "Make objects be as these documents say: all are checked first, and when one is refused nothing is changed. The same documents again change nothing",
      input: z.object({
        /** Parsed YAML or JSON; lists count as their items. */
        documents: z.array(z.unknown()).max(1_000),
        /** Say what would happen, change nothing. */
        dryRun: z.boolean().default(false),
        /** Marks the objects as belonging together: label `holdfast.dev/set`. */
        set: Name.optional(),
        /** Delete what belongs to the set and is not among the documents. Needs `set`. */
        prune: z.boolean().default(false),
      }),
      output: z.object({
        results: z.array(ApplyResult),
        /** False when something was refused, or for a dry run. */
        isApplied: z.boolean(),
      }),
      errors: { ...storeErrors, ...Conflict, ...Refused },
      idempotent: true,
      timeoutMs: 30_000,
    }),
    Get: endpoint({
      summary: "One object",
      input: z.object({ kind: ObjectKind, ...NamedObject }),
      output: KeptObject,
      errors: { ...storeErrors, ...NoSuchObject },
      idempotent: true,
    }),
    List: endpoint({
      summary:
        "Objects of a kind by namespace and name, page by page; with `since` and `waitMs` the answer waits until something was written after that revision",
      input: z.object({
        kind: ObjectKind,
        /** Of all namespaces when absent. */
        namespace: Namespace.optional(),
        labelSelector: LabelSelector,
        limit: z.int().min(1).max(500).default(200),
        /** `next` of the page before. */
        after: z.string().max(512).optional(),
        since: Revision.optional(),
        waitMs: z.int().min(0).max(30_000).default(0),
      }),
      output: z.object({ objects: z.array(KeptObject), revision: Revision, next: z.string().optional() }),
      errors: { ...storeErrors, ...Refused },
      idempotent: true,
      timeoutMs: 35_000,
    }),
    Describe: endpoint({
      summary: "One object with its conditions, what it owns and what happened to it, newest event last",
      input: z.object({ kind: ObjectKind, ...NamedObject }),
      output: z.object({ object: KeptObject, children: z.array(KeptObject), events: z.array(ObjectEvent) }),
      errors: { ...storeErrors, ...NoSuchObject },
      idempotent: true,
    }),
    Delete: endpoint({
      summary: "Delete an object and what it owns; it is gone when nothing of it runs any more",
      input: z.object({ kind: ObjectKind, ...NamedObject }),
      output: z.object({}),
      errors: { ...storeErrors, ...NoSuchObject, ...Conflict },
      idempotent: false,
    }),
    ListEvents: endpoint({
      summary: "What happened after a revision, oldest first; with `waitMs` the answer waits until there is something",
      input: z.object({
        since: Revision.default(0),
        kind: ObjectKind.optional(),
        namespace: Namespace.optional(),
        name: Name.optional(),
        limit: z.int().min(1).max(500).default(200),
        waitMs: z.int().min(0).max(30_000).default(0),
      }),
      /** Ask on with this revision. */
      output: z.object({ events: z.array(ObjectEvent), revision: Revision }),
      errors: storeErrors,
      idempotent: true,
      timeoutMs: 35_000,
    }),
    ListHosts: endpoint({
      summary: "Hosts that were heard of, by id",
      input: z.object({ labelSelector: LabelSelector }),
      output: z.object({ hosts: z.array(HostSummary) }),
      errors: { ...storeErrors, ...Refused },
      idempotent: true,
    }),
    InspectHost: endpoint({
      summary: "One host: what it offers and what was placed there",
      input: z.object({ hostId: Name }),
      output: z.object({
        host: HostSummary,
        osArch: z.string(),
        osName: z.string(),
        osKernel: z.string(),
        imports: z.array(Interface),
        exports: z.array(Interface),
        workloads: z.array(KeptObject),
      }),
      errors: { ...storeErrors, ...NoSuchHost },
      idempotent: true,
    }),
    DrainHost: endpoint({
      summary: "Move everything off a host and place nothing there, or take that back",
      input: z.object({ hostId: Name, isDraining: z.boolean().default(true) }),
      output: z.object({ /** Placed there still. */ workloads: z.int() }),
      errors: { ...storeErrors, ...NoSuchHost, ...Conflict },
      idempotent: true,
    }),
    LabelHost: endpoint({
      summary: "Set labels of a host on top of its own; null takes one of these away again",
      input: z.object({ hostId: Name, labels: z.record(z.string().min(1).max(317), z.string().max(63).nullable()) }),
      output: z.object({ labels: z.record(z.string(), z.string()) }),
      errors: { ...storeErrors, ...NoSuchHost, ...Conflict, ...Refused },
      idempotent: true,
    }),
    RolloutHistory: endpoint({
      summary: "The templates a deployment had, oldest first, as far as their replica sets are kept",
      input: z.object(NamedObject),
      output: z.object({
        rollouts: z.array(
          z.object({
            rollout: z.int(),
            replicaSet: Name,
            createdAt: EpochMs,
            images: z.array(z.string()),
            replicas: z.int(),
            ready: z.int(),
            isCurrent: z.boolean(),
          }),
        ),
      }),
      errors: { ...storeErrors, ...NoSuchObject },
      idempotent: true,
    }),
    Rollback: endpoint({
      summary: "Give a deployment an earlier template again: the one before, or that of a rollout of RolloutHistory",
      input: z.object({ ...NamedObject, toRollout: z.int().min(1).optional() }),
      output: KeptObject,
      errors: { ...storeErrors, ...NoSuchObject, ...Conflict, ...Refused },
      idempotent: false,
    }),
    GetConfig: endpoint({
      summary: "The values of a ConfigMap",
      input: z.object(NamedObject),
      output: z.object({ data: z.record(z.string(), z.string()), revision: Revision }),
      errors: { ...storeErrors, ...NoSuchObject },
      idempotent: true,
    }),
    SetConfig: endpoint({
      summary: "Set and remove values of a ConfigMap, making it when it is not there",
      input: z.object({ ...NamedObject, set: Values.default({}), unset: z.array(z.string()).default([]) }),
      output: z.object({ keys: z.array(z.string()), revision: Revision }),
      errors: { ...storeErrors, ...Conflict, ...Refused },
      idempotent: true,
    }),
    SetSecret: endpoint({
      summary: "Set and remove values of a Secret, making it when it is not there; no call gives them back",
      input: z.object({
        ...NamedObject,
        type: z.string().max(253).default("Opaque"),
        set: Values.default({}),
        unset: z.array(z.string()).default([]),
      }),
      output: z.object({ keys: z.array(z.string()), revision: Revision }),
      errors: { ...storeErrors, ...Conflict, ...Refused },
      idempotent: true,
    }),
    DescribeScheduler: endpoint({
      summary: "Who leads, and how much there is",
      input: z.object({}),
      output: z.object({
        instance: z.string(),
        isLeader: z.boolean(),
        /** Absent when nobody leads at the moment. */
        leader: z.object({ instance: z.string(), token: z.int(), since: EpochMs }).optional(),
        revision: Revision,
        objects: z.record(z.string(), z.int()),
        hosts: z.int(),
      }),
      errors: storeErrors,
      idempotent: true,
    }),
  },
});
