export { deploymentAnnotation, isolationAnnotation } from "./annotations.ts";
export {
  type HeartbeatListener,
  type HostCallCode,
  HostCallFailed,
  type HostCallOptions,
  type HostClient,
  hostClient,
  watchHeartbeats,
} from "./host-client.ts";
export { decodeMessage, encodeMessage, UnreadableMessage } from "./json-mapping.ts";
export {
  Component,
  HostHeartbeat,
  imagePullPolicies,
  type ImagePullPolicy,
  ImagePullSecret,
  LocalResources,
  Service,
  Volume,
  VolumeMount,
  WitInterface,
  WitWorld,
  Workload,
  WorkloadIdRequest,
  WorkloadStartRequest,
  WorkloadState,
  workloadStates,
  WorkloadStatus,
  WorkloadStatusReply,
} from "./messages.ts";
export {
  answerWithinMs,
  heartbeatSubject,
  type HostOperation,
  hostOperations,
  type HostState,
  hostStateLabel,
  hostStates,
  hostSubject,
  imagePullMs,
  isHostId,
} from "./subjects.ts";
