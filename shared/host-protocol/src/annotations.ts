/** Annotations of a start request that Holdfast's scheduler writes and its hosts read. Hosts of others take no notice. */

/** `process`: the workload runs in a process of its own; else in a worker thread. */
export const isolationAnnotation = "holdfast.dev/isolation";

/** What replicas have in common, whose own names differ: the deployment, or the replica set that has none. */
export const deploymentAnnotation = "holdfast.dev/deployment";
