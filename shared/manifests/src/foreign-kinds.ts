/**
 * Kinds of Kubernetes that manifests for wasmCloud bring along. What only wires a cluster together has no work to do here and is
 * passed over, with a word about what takes its place; whatever would leave something undone is refused.
 */

/** Group (without the version) and kind -> what takes its place. */
const passedOver: Readonly<Record<string, string>> = {
  "/Service": "hosts route HTTP by Host header themselves; names under spec.kubernetes.service are routed all the same",
  "/Namespace": "a namespace exists as soon as an object names it",
  "/ServiceAccount": "access is given by NATS users",
  "rbac.authorization.k8s.io/Role": "access is given by NATS users",
  "rbac.authorization.k8s.io/RoleBinding": "access is given by NATS users",
  "rbac.authorization.k8s.io/ClusterRole": "access is given by NATS users",
  "rbac.authorization.k8s.io/ClusterRoleBinding": "access is given by NATS users",
  "networking.k8s.io/NetworkPolicy": "outgoing calls are limited by localResources.allowedHosts",
  "networking.k8s.io/Ingress": "hosts route HTTP by Host header themselves",
  "gateway.networking.k8s.io/Gateway": "hosts route HTTP by Host header themselves",
  "gateway.networking.k8s.io/HTTPRoute": "hosts route HTTP by Host header themselves",
  "discovery.k8s.io/EndpointSlice": "hosts route HTTP by Host header themselves",
};

/** Group and kind -> what to do instead. */
const refused: Readonly<Record<string, string>> = {
  "apps/Deployment": "containers do not run here: a WorkloadDeployment runs WebAssembly components",
  "apps/StatefulSet": "containers do not run here: a WorkloadDeployment runs WebAssembly components",
  "apps/DaemonSet": "containers do not run here: a WorkloadDeployment runs WebAssembly components",
  "/Pod": "containers do not run here: a Workload runs WebAssembly components",
  "core.oam.dev/Application": "that is wasmCloud v1: write it as a WorkloadDeployment",
};

const groupKind = (apiVersion: string, kind: string) =>
  `${apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.lastIndexOf("/")) : ""}/${kind}`;

/** Why an object of this kind needs nothing done; undefined when that cannot be said of it. */
export function reasonToPassOver(apiVersion: string, kind: string): string | undefined {
  return passedOver[groupKind(apiVersion, kind)];
}

/** What to write instead of a kind that many know from elsewhere. */
export function adviceFor(apiVersion: string, kind: string): string | undefined {
  return refused[groupKind(apiVersion, kind)];
}
