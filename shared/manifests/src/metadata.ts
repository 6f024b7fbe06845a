/**
 * `metadata` of an object, as Kubernetes' ObjectMeta. What a Kubernetes server writes into it (uid, managedFields, ...) is accepted
 * and dropped, so that the output of `kubectl get -o yaml` can be applied. Gap: `generateName`, `finalizers` and `ownerReferences`.
 */
import { z } from "zod";
import { Annotations, DnsLabel, fields, Labels, ObjectName } from "./fields.ts";

/** Where an object lives that names no namespace. */
export const defaultNamespace = "default";

const writtenByServers = z.unknown().optional();

/** kubectl's own copy of what it applied: of a Secret it holds the values, in plain. */
const appliedByKubectl = "kubectl.kubernetes.io/last-applied-configuration";

export const ObjectMeta = fields({
  name: ObjectName,
  namespace: DnsLabel.default(defaultNamespace),
  labels: Labels.default({}),
  annotations: Annotations.default({}),
  uid: writtenByServers,
  resourceVersion: writtenByServers,
  generation: writtenByServers,
  creationTimestamp: writtenByServers,
  deletionTimestamp: writtenByServers,
  deletionGracePeriodSeconds: writtenByServers,
  managedFields: writtenByServers,
  selfLink: writtenByServers,
  ownerReferences: writtenByServers,
  finalizers: writtenByServers,
}).transform(({ name, namespace, labels, annotations: given }) => {
  const { [appliedByKubectl]: _, ...annotations } = given;
  return { name, namespace, labels, annotations };
});
export type ObjectMeta = z.output<typeof ObjectMeta>;

/** The fields that every kind begins with. `status` is written by the scheduler: what a manifest says there is dropped. */
export function header<const Version extends string, const Kind extends string>(apiVersion: Version, kind: Kind) {
  return {
    apiVersion: z.literal(apiVersion),
    kind: z.literal(kind),
    metadata: ObjectMeta,
    status: z.unknown().optional(),
  };
}

/** Drops what the scheduler writes itself. */
export function withoutStatus<T extends { status?: unknown }>(manifest: T): Omit<T, "status"> {
  const kept = { ...manifest };
  delete kept.status;
  return kept;
}
