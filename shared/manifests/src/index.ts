export { type Checked, checkDocument, type Path, pathText, type Problem } from "./check.ts";
export { dockerConfigKey, dockerConfigType } from "./config-kinds.ts";
export { didYouMean } from "./did-you-mean.ts";
export { s3Location } from "./image-name.ts";
export {
  apiVersionOf,
  type Artifact,
  type Host,
  isKind,
  type Kind,
  kindNames,
  kinds,
  type Manifest,
  type ManifestOf,
  wasmcloudApiVersion,
  type Workload,
  type WorkloadDeployment,
  type WorkloadReplicaSet,
  type WorkloadReplicaTemplate,
} from "./kinds.ts";
export type { ConfigMap, Secret } from "./config-kinds.ts";
export { defaultNamespace, type ObjectMeta } from "./metadata.ts";
export { type ReadDocuments, readDocuments, type SourceDocument, type SyntaxProblem } from "./read-documents.ts";
export type {
  HostInterface,
  LocalResources,
  Volume,
  WorkloadComponent,
  WorkloadService,
  WorkloadSpec,
} from "./workload-spec.ts";
