export { AccessKey, AccessKeyId, auth, AuthChanged, authChangedSubject, SecretAccessKey } from "./auth.ts";
export {
  BucketName,
  Checksum,
  ChecksumAlgorithm,
  ChecksumType,
  ChunkRun,
  ETag,
  Key,
  ObjectAttributes,
  ObjectPart,
  PartNumber,
  Tag,
  UploadId,
  UserName,
  WriteConditions,
} from "./common.ts";
export { hostAgent, LogLine, WorkloadReport } from "./host-agent.ts";
export { multipart } from "./multipart.ts";
export {
  Bucket,
  BucketChanged,
  bucketChangedSubject,
  BucketStorage,
  objectMetadata,
  StoredObject,
} from "./object-metadata.ts";
export { s3Edge } from "./s3-edge.ts";
export { S3EventMessage, type S3EventName, s3EventNames, s3EventSubject } from "./s3-events.ts";
export {
  ApplyResult,
  Condition,
  HostSummary,
  KeptObject,
  ObjectEvent,
  ObjectKind,
  ObjectRef,
  ObjectStatus,
  scheduler,
} from "./scheduler.ts";
