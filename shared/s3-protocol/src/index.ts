// The package's one public door. Names are listed one by one, by folder.
export { errorCatalogue, isS3Error, isS3ErrorCode, s3Error, S3Error } from "./errors.ts";
export type { S3ErrorCode, S3ErrorOptions } from "./errors.ts";

export { isAddressableBucketName, isValidBucketName, validateBucketName } from "./requests/bucket-name.ts";
export { RequestHeaders, requestHeaders } from "./requests/headers.ts";
export type { HeaderEntries } from "./requests/headers.ts";
export { hasValidRelativeSegments, maxKeyBytes, validateObjectKey } from "./requests/object-key.ts";
export { percentDecode } from "./requests/percent.ts";
export { parseQuery, Query } from "./requests/query.ts";
export type { QueryParameter } from "./requests/query.ts";
export { resolveTarget } from "./requests/target.ts";
export type { Target, TargetRequest } from "./requests/target.ts";

export { detectOperation, matchOperation, subresources } from "./operations/detect.ts";
export type { ImplementedOperation, OperationRequest } from "./operations/detect.ts";
export { checkVersionId } from "./operations/parameters.ts";
export { checkExpectedBucketOwner, headerNotImplemented, screenHeaders } from "./operations/screen.ts";
export {
  isS3OperationName,
  isSupportedOperation,
  isUnsetOperation,
  operationNames,
  operations,
} from "./operations/table.ts";
export type {
  OperationDefinition,
  OperationStatus,
  OperationTarget,
  S3OperationName,
  SupportedOperation,
  UnsetAnswer,
  UnsetDocument,
  UnsetOperation,
} from "./operations/table.ts";
