/**
 * Who may do what on NATS: one table, from which the embedded server's configuration and deploy/nats/nats.conf are written.
 * Each subject carries its reason. What is not listed is refused by the server.
 *
 * NATS wildcards stand for whole tokens, so "the streams OBJ_*" cannot be written as one allowed subject: where a service works on
 * buckets it is allowed `*`, and the mesh's own streams are denied by name. Gap: other streams in the same NATS account are
 * within reach of those verbs; on a shared cluster give Holdfast an account of its own. A JetStream answer goes to the reply subject
 * that the asker names, whether or not the asker could publish there: a known property of NATS.
 */

/** Subject -> why. */
export type Subjects = Readonly<Record<string, string>>;

export type UserPermissions = {
  readonly description: string;
  readonly publish: { readonly allow: Subjects; readonly deny?: Subjects };
  readonly subscribe: { readonly allow: Subjects; readonly deny?: Subjects };
};

/** Every user of the mesh, services first. */
export const meshUsers = [
  "s3-edge",
  "auth",
  "object-metadata",
  "multipart",
  "scheduler",
  "host-agent",
  "admin",
] as const;
export type MeshUser = (typeof meshUsers)[number];

const keyStream = "KV_holdfast-auth";
const uploadStream = "HOLDFAST_MULTIPART";
const workloadStreams = ["KV_holdfast-workloads", "KV_holdfast-scheduler", "HOLDFAST_WORKLOAD_EVENTS"] as const;

/** What every service may subscribe to: its answers, its endpoints, and the discovery questions that concern it. */
function own(service: string): Subjects {
  return {
    [`_INBOX_${service}.>`]: "answers to its own requests",
    [`${service}.v1.>`]: "its endpoints",
    "$SRV.*": "discovery of all services (nats micro list)",
    [`$SRV.*.${service}`]: "discovery of this service",
    [`$SRV.*.${service}.*`]: "discovery of one instance",
  };
}

/**
 * One stream of its own: make it once, read it, and what `verbs` add. Not UPDATE: it could copy other streams into this one
 * (`sources`) and publish anywhere (`republish`). No consumers: one can deliver to any subject, as if whoever made it had published
 * there. Not DELETE either, which would let CREATE make it anew with all that.
 */
function ownStream(stream: string, verbs: readonly string[] = []): Subjects {
  return {
    ...Object.fromEntries(
      ["CREATE", "INFO", "MSG.GET", ...verbs].map((verb) => [`$JS.API.STREAM.${verb}.${stream}`, "its own stream"]),
    ),
    [`$JS.API.DIRECT.GET.${stream}`]: "its own stream",
    [`$JS.API.DIRECT.GET.${stream}.>`]: "its own stream",
  };
}

/** Keeps a `*` for bucket streams away from the mesh's own streams. */
function notTheMeshStreams(verbs: readonly string[]): Subjects {
  const denied: Record<string, string> = {};
  for (const stream of [keyStream, uploadStream, ...workloadStreams]) {
    for (const verb of verbs) denied[`$JS.API.${verb}.${stream}`] = "not a bucket";
    if (verbs.includes("DIRECT.GET")) denied[`$JS.API.DIRECT.GET.${stream}.>`] = "not a bucket";
  }
  return denied;
}

const readBuckets: Subjects = {
  "$JS.API.DIRECT.GET.*": "chunks, by sequence or in batches",
  "$JS.API.DIRECT.GET.*.>": "chunks, by subject",
  "$JS.API.STREAM.MSG.GET.*": "chunks from the leader, when a replica lags behind",
};
const readVerbs = ["DIRECT.GET", "STREAM.MSG.GET"];
const bucketVerbs = ["CREATE", "UPDATE", "DELETE", "INFO", "PURGE", "MSG.GET", "MSG.DELETE"].map(
  (verb) => `STREAM.${verb}`,
);
/** What a host keeps its components' messages away from, whatever a plugin lets through: the mesh's own subjects. */
const others = ["s3-edge", "auth", "object-metadata", "multipart", "scheduler"] as const;
const inboxesOfOthers: Subjects = Object.fromEntries(
  ["_INBOX.>", "_INBOX_admin.>", ...others.map((user) => `_INBOX_${user}.>`)].map((subject) => [
    subject,
    "answers to others; to what was asked, a host may answer all the same",
  ]),
);
const notForComponents = (subjects: readonly string[]): Subjects =>
  Object.fromEntries(subjects.map((subject) => [subject, "the mesh's own"]));
const changesOfStreams = ["UPDATE", "DELETE", "MSG.DELETE", "SNAPSHOT", "RESTORE", "PEER", "LEADER"].map(
  (verb) => `$JS.API.STREAM.${verb}.>`,
);

const account: Subjects = { "$JS.API.INFO": "whether JetStream is on" };

export const meshPermissions: Readonly<Record<MeshUser, UserPermissions>> = {
  "s3-edge": {
    description: "the S3 REST API; faces the network, so it holds the least",
    publish: {
      allow: {
        ...account,
        "auth.v1.GetSigningKey": "who signed a request; no other operation of auth",
        "object-metadata.v1.*": "buckets and object records",
        "multipart.v1.*": "uploads in progress",
        "$O.*.C.>": "chunks of object data; never records",
        // It could purge records with it: docs/decisions/0002-nats-permissions.md says why it may all the same.
        "$JS.API.STREAM.PURGE.*": "to free the chunks of an upload that broke off",
        ...readBuckets,
      },
      deny: {
        "object-metadata.v1.Sweep": "for operators",
        "object-metadata.v1.CompactObject": "for operators",
        "multipart.v1.ListLiveUploads": "for object-metadata",
        ...notTheMeshStreams([...readVerbs, "STREAM.PURGE"]),
      },
    },
    subscribe: {
      allow: {
        ...own("s3-edge"),
        "holdfast.auth.changed": "to drop what it holds of a changed key",
        "holdfast.bucket.changed": "to drop what it holds of a changed bucket",
      },
    },
  },
  auth: {
    description: "access keys; touches no bucket",
    publish: {
      allow: {
        ...account,
        ...ownStream(keyStream),
        "$KV.holdfast-auth.>": "its entries",
        "holdfast.auth.changed": "to tell the edges of a changed key",
      },
    },
    subscribe: { allow: own("auth") },
  },
  "object-metadata": {
    description: "the only writer of metadata, and the keeper of bucket streams",
    publish: {
      allow: {
        ...account,
        ...Object.fromEntries(bucketVerbs.map((verb) => [`$JS.API.${verb}.*`, "bucket streams"])),
        "$JS.API.STREAM.LIST": "which buckets there are",
        "$JS.API.STREAM.NAMES": "which buckets there are",
        "$JS.API.DIRECT.GET.*": "records and chunks",
        "$JS.API.DIRECT.GET.*.>": "records and chunks",
        "$O.>": "records, and chunks of small and compacted objects",
        "$HOLDFAST.frozen.>": "buckets that are being deleted",
        "multipart.v1.ListLiveUploads": "which chunks are parts of an upload, not orphans",
        "holdfast.bucket.changed": "to tell edges and other instances of a changed bucket",
        "holdfast.events.s3.>": "to tell whoever listens what changed in buckets",
      },
      deny: notTheMeshStreams([...bucketVerbs, "DIRECT.GET"]),
    },
    subscribe: {
      allow: {
        ...own("object-metadata"),
        "holdfast.bucket.changed": "what other instances changed",
      },
    },
  },
  multipart: {
    description: "uploads in progress: their records, their parts' chunks, their manifests",
    publish: {
      allow: {
        ...account,
        ...ownStream(uploadStream, ["PURGE"]),
        "$HOLDFAST.multipart.>": "its records",
        "$JS.API.STREAM.PURGE.*": "to free the parts of an upload that ended",
        "$JS.API.DIRECT.GET.*": "manifests",
        "$JS.API.DIRECT.GET.*.>": "manifests",
        "$O.*.C.>": "manifests",
        "object-metadata.v1.CommitObject": "to make a completed object visible",
        "object-metadata.v1.ResolveObject": "whether an earlier completion was committed",
        "object-metadata.v1.DescribeBucket": "whether the bucket is still the same one",
      },
      deny: Object.fromEntries(
        [keyStream, ...workloadStreams].flatMap((stream) => [
          [`$JS.API.STREAM.PURGE.${stream}`, "not a bucket"],
          [`$JS.API.DIRECT.GET.${stream}`, "not a bucket"],
          [`$JS.API.DIRECT.GET.${stream}.>`, "not a bucket"],
        ]),
      ),
    },
    subscribe: { allow: own("multipart") },
  },
  scheduler: {
    description:
      "desired state of workloads; the only one that tells hosts what to run; of objects it sees records only",
    publish: {
      allow: {
        ...account,
        ...Object.assign({}, ...workloadStreams.map((stream) => ownStream(stream))),
        "$KV.holdfast-workloads.>": "its objects, Secrets among them, sealed",
        "$KV.holdfast-scheduler.leader": "which instance leads",
        "$HOLDFAST.scheduler.events.>": "what happened to workloads",
        "runtime.host.*.>": "to ask hosts to start, stop and describe workloads",
        "host-agent.v1.*.ListWorkloads": "what runs on a host",
        "object-metadata.v1.ResolveObject": "what an s3:// image stands for; it cannot read its bytes",
      },
    },
    subscribe: {
      allow: {
        ...own("scheduler"),
        "runtime.operator.heartbeat.*": "heartbeats of hosts",
        "$KV.holdfast-workloads.>": "a hint that another instance wrote an object",
        "$HOLDFAST.scheduler.events.>": "a hint that another instance wrote an event",
      },
    },
  },
  // Components publish and hear subjects that nobody knows beforehand, so this table can only say what is not theirs; what is, their
  // workload declares and the plugins check. STREAM.CREATE stays, for KV buckets: see docs/decisions/0002-nats-permissions.md.
  "host-agent": {
    description: "runs workloads, and speaks on NATS for their components",
    publish: {
      allow: { ">": "messages of components, KV buckets, chunks of objects, heartbeats, object-metadata" },
      deny: {
        ...inboxesOfOthers,
        ...notForComponents([
          ...others.filter((service) => service !== "object-metadata").map((service) => `${service}.v1.>`),
          "object-metadata.v1.Sweep",
          "object-metadata.v1.CompactObject",
          "host-agent.v1.>",
          "runtime.host.>",
          "holdfast.auth.changed",
          "holdfast.bucket.changed",
          "$HOLDFAST.>",
          "$O.*.M.>",
          ...["auth", "workloads", "scheduler"].map((bucket) => `$KV.holdfast-${bucket}.>`),
          ...changesOfStreams,
          "$JS.API.CONSUMER.>",
        ]),
        ...notTheMeshStreams(["STREAM.CREATE", "STREAM.INFO", "STREAM.PURGE", "STREAM.MSG.GET", "DIRECT.GET"]),
      },
    },
    subscribe: {
      allow: { ">": "what components declare under subscriptions; its endpoints, discovery and the host protocol" },
      deny: {
        ...inboxesOfOthers,
        ...notForComponents([
          ...others.flatMap((service) => [`${service}.v1.>`, `$SRV.*.${service}`, `$SRV.*.${service}.*`]),
          "$KV.>",
          "$O.>",
          "$JS.>",
          "$HOLDFAST.>",
        ]),
      },
    },
  },
  admin: {
    description: "the operator: the holdfast command and the nats command line",
    publish: { allow: { ">": "operators may do everything in the account" } },
    subscribe: { allow: { ">": "operators may do everything in the account" } },
  },
};
