// The package's one public door. Names are listed one by one, by folder.
export { errorCatalogue, fromMeshError, isS3Error, isS3ErrorCode, s3Error, S3Error } from "./errors.ts";
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

export { decodeContinuationToken, encodeContinuationToken } from "./listing/continuation-token.ts";
export type { ContinuationPoint } from "./listing/continuation-token.ts";
export {
  parseListBuckets,
  parseListMultipartUploads,
  parseListObjects,
  parseListObjectsV2,
  parseListObjectVersions,
  parseListParts,
} from "./listing/parameters.ts";
export type {
  EncodingType,
  ListBucketsParameters,
  ListMultipartUploadsParameters,
  ListObjectsParameters,
  ListObjectsV2Parameters,
  ListObjectVersionsParameters,
  ListPartsParameters,
} from "./listing/parameters.ts";

export {
  checkCopySourceConditions,
  evaluateReadConditions,
  parseWriteConditions,
  rangeApplies,
} from "./objects/conditions.ts";
export type { ParsedWriteConditions, Representation } from "./objects/conditions.ts";
export { checkCopyOntoItself, parseCopyDirectives, parseCopySource } from "./objects/copy.ts";
export type { CopyDirectives, CopySource } from "./objects/copy.ts";
export { quoteETag, unquoteETag } from "./objects/etag.ts";
export { checkHeaderValue, decodeHeaderValue, encodeHeaderValue } from "./objects/header-text.ts";
export { formatHttpDate, parseHttpDate } from "./objects/http-date.ts";
export {
  defaultContentType,
  maxUserMetadataBytes,
  parseContentHeaders,
  parseStorageClass,
  parseUserMetadata,
  renderContentHeaders,
  renderUserMetadata,
} from "./objects/metadata.ts";
export { formatContentRange, parseCopySourceRange, parseRange } from "./objects/range.ts";
export type { ByteRange } from "./objects/range.ts";
export {
  checkRangeAndPart,
  parseExpectedObjectSize,
  parseObjectAttributes,
  parsePartNumber,
  parseResponseOverrides,
  parseUploadId,
  parseUploadPart,
} from "./objects/read-parameters.ts";
export type { ObjectAttributeName, ObjectAttributesRequest } from "./objects/read-parameters.ts";
export { maxObjectTags, parseTaggingHeader, validateTags } from "./objects/tags.ts";
export type { ObjectTag } from "./objects/tags.ts";

export { renderAcl, renderLocation, renderUnset } from "./xml/configurations.ts";
export { renderError } from "./xml/error.ts";
export type { ErrorContext } from "./xml/error.ts";
export { renderListBuckets, renderListObjects, renderListObjectsV2, renderListObjectVersions } from "./xml/listings.ts";
export type {
  ListBucketsResult,
  ListedObject,
  ListedVersion,
  ListObjectsResult,
  ListObjectsV2Result,
  ListObjectVersionsResult,
} from "./xml/listings.ts";
export {
  renderCompleteMultipartUpload,
  renderInitiateMultipartUpload,
  renderListMultipartUploads,
  renderListParts,
} from "./xml/multipart.ts";
export type { CompleteMultipartUploadResult, ListMultipartUploadsResult, ListPartsResult } from "./xml/multipart.ts";
export {
  renderCopyObject,
  renderCopyPart,
  renderDelete,
  renderGetObjectAttributes,
  renderTagging,
} from "./xml/objects.ts";
export type { CopyResult, DeletedObject, GetObjectAttributesResult } from "./xml/objects.ts";
export { parseXml } from "./xml/read.ts";
export type { XmlElement, XmlLimits } from "./xml/read.ts";
export {
  bodyLimits,
  checkLocationConstraint,
  parseCompleteMultipartUpload,
  parseCreateBucketConfiguration,
  parseDelete,
  parseTagging,
} from "./xml/request-bodies.ts";
export type { CreateBucketConfiguration, DeleteRequest, ObjectToDelete, PartToComplete } from "./xml/request-bodies.ts";
export type { ChecksumValue, ListedChecksum, Owner } from "./xml/shared.ts";
export { encodeUrl, escapeXml } from "./xml/write.ts";

export {
  checksumAlgorithmOf,
  checksumAlgorithmOfHeader,
  checksumAlgorithms,
  checksumHeader,
  checksumSize,
  checksumTypes,
  decodeChecksum,
  defaultChecksumType,
  isLegalChecksumType,
} from "./checksums/algorithms.ts";
export type { ChecksumAlgorithm, ChecksumType } from "./checksums/algorithms.ts";
export { checksumOf, createChecksum, verifyChecksum } from "./checksums/checksum.ts";
export { StreamedHash } from "./checksums/streamed-hash.ts";
export type { RunningChecksum } from "./checksums/checksum.ts";
export { combineFullObject, compositeChecksum } from "./checksums/combine.ts";
export type { PartChecksum } from "./checksums/combine.ts";
export { parseContentMd5, verifyContentMd5, verifyingContentMd5 } from "./checksums/content-md5.ts";
export {
  parseAnnouncedTrailers,
  parseChecksumTrailer,
  parseChecksumType,
  parseChecksumValue,
  parseDeclaredChecksum,
  parseMultipartChecksum,
  parseObjectChecksum,
  parseRequestedAlgorithm,
} from "./checksums/headers.ts";
export type { DeclaredChecksum, HeaderLookup } from "./checksums/headers.ts";

export { parseAuthentication, verifyRequestSignature } from "./sigv4/authentication.ts";
export { decodeBody, parseDecodedLength } from "./sigv4/decode-body.ts";
export type { BodyDecoder, DecodeBodyOptions } from "./sigv4/decode-body.ts";
export { awsChunkedLength, encodeAwsChunked } from "./sigv4/encode-chunked.ts";
export type { EncodeOptions } from "./sigv4/encode-chunked.ts";
export { presignUrl, signRequest } from "./sigv4/sign-request.ts";
export type { Credentials, RequestToSign, SignedRequestHeaders, SigningContext } from "./sigv4/sign-request.ts";
export { deriveSigningKey } from "./sigv4/signing.ts";
export type { SigningKey } from "./sigv4/signing.ts";
export type {
  AnonymousAuthentication,
  Authentication,
  CredentialScope,
  PayloadMode,
  SignedAuthentication,
  SignedRequest,
} from "./sigv4/types.ts";
