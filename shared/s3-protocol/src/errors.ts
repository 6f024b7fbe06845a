/**
 * The one catalogue of S3 errors: code -> HTTP status and S3's message.
 *
 * Implements https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (general purpose buckets), the codes that
 * AWS answers without listing them there (`NotImplemented` for headers, `XAmzContentSHA256Mismatch`, `RequestTimeout`, ...),
 * and `QuotaExceeded`, our own word for a bucket whose byte limit is reached.
 *
 * Gaps: codes that only S3 Select, S3 Tables, Access Grants, Access Points or Outposts can answer are left out.
 *
 * A code that crosses the mesh is an S3 code already (see the contracts), so an edge maps it by its name alone.
 */

type CatalogueEntry = { readonly status: number; readonly message: string };

const catalogue = {
  AccessControlListNotSupported: { status: 400, message: "The bucket does not allow ACLs" },
  AccessDenied: { status: 403, message: "Access Denied" },
  AccountProblem: {
    status: 403,
    message: "There is a problem with your account that prevents the operation from completing successfully.",
  },
  AllAccessDisabled: { status: 403, message: "All access to this object has been disabled." },
  AmbiguousGrantByEmailAddress: {
    status: 400,
    message: "The email address you provided is associated with more than one account.",
  },
  AuthorizationHeaderMalformed: { status: 400, message: "The authorization header that you provided is not valid." },
  AuthorizationQueryParametersError: {
    status: 400,
    message: "The authorization query parameters that you provided are not valid.",
  },
  BadDigest: {
    status: 400,
    message: "The Content-MD5 or checksum value that you specified did not match what the server received.",
  },
  BadRequest: { status: 400, message: "Bad Request" },
  BucketAlreadyExists: {
    status: 409,
    message:
      "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
  },
  BucketAlreadyOwnedByYou: {
    status: 409,
    message: "Your previous request to create the named bucket succeeded and you already own it.",
  },
  BucketHasAccessPointsAttached: {
    status: 400,
    message: "The bucket you are trying to delete has access points attached.",
  },
  BucketNotEmpty: { status: 409, message: "The bucket you tried to delete is not empty" },
  ConditionalRequestConflict: {
    status: 409,
    message: "The conditional request cannot succeed due to a conflicting operation against this resource.",
  },
  CredentialsNotSupported: { status: 400, message: "This request does not support credentials." },
  CrossLocationLoggingProhibited: { status: 403, message: "Cross-location logging is not allowed." },
  EntityTooLarge: { status: 400, message: "Your proposed upload exceeds the maximum allowed size" },
  EntityTooSmall: { status: 400, message: "Your proposed upload is smaller than the minimum allowed size" },
  ExpiredToken: { status: 400, message: "The provided token has expired." },
  IdempotencyParameterMismatch: {
    status: 400,
    message: "The client token was used with different parameters before.",
  },
  IllegalLocationConstraintException: {
    status: 400,
    message:
      "The specified location constraint is incompatible for the region specific endpoint this request was sent to.",
  },
  IllegalVersioningConfigurationException: {
    status: 400,
    message: "The versioning configuration specified in the request is invalid.",
  },
  IncompleteBody: {
    status: 400,
    message: "You did not provide the number of bytes specified by the Content-Length HTTP header",
  },
  IncorrectNumberOfFilesInPostRequest: { status: 400, message: "POST requires exactly one file upload per request." },
  InlineDataTooLarge: { status: 400, message: "The inline data exceeds the maximum allowed size." },
  InternalError: { status: 500, message: "We encountered an internal error. Please try again." },
  InvalidAccessKeyId: {
    status: 403,
    message: "The AWS Access Key Id you provided does not exist in our records.",
  },
  InvalidAddressingHeader: { status: 400, message: "You must specify the Anonymous role." },
  InvalidArgument: { status: 400, message: "Invalid Argument" },
  InvalidBucketAclWithObjectOwnership: {
    status: 400,
    message: "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  },
  InvalidBucketName: { status: 400, message: "The specified bucket is not valid." },
  InvalidBucketState: { status: 409, message: "The request is not valid for the current state of the bucket." },
  InvalidChunkSizeError: {
    status: 403,
    message: "Only the last chunk is allowed to have a size less than 8192 bytes",
  },
  InvalidDigest: { status: 400, message: "The Content-MD5 or checksum value that you specified is not valid." },
  InvalidEncryptionAlgorithmError: {
    status: 400,
    message: "The encryption request that you specified is not valid. The valid value is AES256.",
  },
  InvalidHostHeader: {
    status: 400,
    message: "The host headers provided in the request used the incorrect style addressing.",
  },
  InvalidLocationConstraint: { status: 400, message: "The specified location-constraint is not valid" },
  InvalidObjectState: { status: 403, message: "The operation is not valid for the current state of the object." },
  InvalidPart: {
    status: 400,
    message:
      "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  },
  InvalidPartNumber: { status: 416, message: "The requested partnumber is not satisfiable" },
  InvalidPartOrder: {
    status: 400,
    message: "The list of parts was not in ascending order. Parts must be ordered by part number.",
  },
  InvalidPayer: { status: 403, message: "All access to this object has been disabled." },
  InvalidPolicyDocument: {
    status: 400,
    message: "The content of the form does not meet the conditions specified in the policy document.",
  },
  InvalidRange: { status: 416, message: "The requested range is not satisfiable" },
  InvalidRequest: { status: 400, message: "Invalid Request" },
  InvalidSecurity: { status: 403, message: "The provided security credentials are not valid." },
  InvalidSessionException: { status: 400, message: "The session is not valid." },
  InvalidSignature: { status: 400, message: "The request signature that the server calculated does not match." },
  InvalidSOAPRequest: { status: 400, message: "The SOAP request body is not valid." },
  InvalidStorageClass: { status: 400, message: "The storage class you specified is not valid" },
  InvalidTag: { status: 400, message: "The tag provided was not a valid tag." },
  InvalidTargetBucketForLogging: {
    status: 400,
    message: "The target bucket for logging does not exist, is not owned by you, or does not have the right grants.",
  },
  InvalidToken: { status: 400, message: "The provided token is malformed or otherwise not valid." },
  InvalidURI: { status: 400, message: "Couldn't parse the specified URI." },
  InvalidWriteOffset: {
    status: 400,
    message: "The write offset value that you specified does not match the object size.",
  },
  KeyTooLongError: { status: 400, message: "Your key is too long" },
  LimitExceeded: { status: 409, message: "A limit of the system was exceeded." },
  MalformedACLError: {
    status: 400,
    message: "The XML you provided was not well-formed or did not validate against our published schema",
  },
  MalformedPOSTRequest: {
    status: 400,
    message: "The body of your POST request is not well-formed multipart/form-data.",
  },
  MalformedPolicy: { status: 400, message: "Policy has invalid resource" },
  MalformedTrailerError: {
    status: 400,
    message: "The request contained trailing data that was not well-formed or did not conform to our published schema.",
  },
  MalformedXML: {
    status: 400,
    message: "The XML you provided was not well-formed or did not validate against our published schema",
  },
  MaxMessageLengthExceeded: { status: 400, message: "Your request was too large." },
  MaxPostPreDataLengthExceededError: {
    status: 400,
    message: "Your POST request fields preceding the upload file were too large.",
  },
  MetadataTooLarge: { status: 400, message: "Your metadata headers exceed the maximum allowed metadata size" },
  MethodNotAllowed: { status: 405, message: "The specified method is not allowed against this resource." },
  MissingAttachment: { status: 400, message: "A SOAP attachment was expected, but none was found." },
  MissingAuthenticationToken: { status: 403, message: "The request was not signed." },
  MissingContentLength: { status: 411, message: "You must provide the Content-Length HTTP header." },
  MissingRequestBodyError: { status: 400, message: "Request Body is empty" },
  MissingSecurityElement: { status: 400, message: "The SOAP 1.1 request is missing a security element." },
  MissingSecurityHeader: { status: 400, message: "Your request was missing a required header" },
  NoLoggingStatusForKey: { status: 400, message: "There is no such thing as a logging status subresource for a key." },
  NoSuchAccessPoint: { status: 404, message: "The specified accesspoint does not exist" },
  NoSuchAsyncRequest: { status: 404, message: "The specified request does not exist" },
  NoSuchBucket: { status: 404, message: "The specified bucket does not exist" },
  NoSuchBucketPolicy: { status: 404, message: "The bucket policy does not exist" },
  NoSuchCORSConfiguration: { status: 404, message: "The CORS configuration does not exist" },
  NoSuchConfiguration: { status: 404, message: "The specified configuration does not exist." },
  NoSuchKey: { status: 404, message: "The specified key does not exist." },
  NoSuchLifecycleConfiguration: { status: 404, message: "The lifecycle configuration does not exist" },
  NoSuchObjectLockConfiguration: {
    status: 404,
    message: "The specified object does not have a ObjectLock configuration",
  },
  NoSuchPublicAccessBlockConfiguration: {
    status: 404,
    message: "The public access block configuration was not found",
  },
  NoSuchTagSet: { status: 404, message: "The TagSet does not exist" },
  NoSuchUpload: {
    status: 404,
    message:
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
  },
  NoSuchVersion: { status: 404, message: "The specified version does not exist." },
  NoSuchWebsiteConfiguration: {
    status: 404,
    message: "The specified bucket does not have a website configuration",
  },
  NotImplemented: {
    status: 501,
    message: "A header or query you provided implies functionality that is not implemented",
  },
  NotModified: { status: 304, message: "Not Modified" },
  NotSignedUp: { status: 403, message: "Your account is not signed up for the service." },
  ObjectLockConfigurationNotFoundError: {
    status: 404,
    message: "Object Lock configuration does not exist for this bucket",
  },
  OperationAborted: {
    status: 409,
    message: "A conflicting conditional operation is currently in progress against this resource. Please try again.",
  },
  OwnershipControlsNotFoundError: { status: 404, message: "The bucket ownership controls were not found" },
  PermanentRedirect: {
    status: 301,
    message:
      "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
  },
  PreconditionFailed: {
    status: 412,
    message: "At least one of the pre-conditions you specified did not hold",
  },
  QuotaExceeded: { status: 403, message: "The bucket has reached its configured size limit." },
  Redirect: { status: 307, message: "Temporary redirect." },
  ReplicationConfigurationNotFoundError: { status: 404, message: "The replication configuration was not found" },
  RequestExpired: { status: 400, message: "Request has expired." },
  RequestHeaderSectionTooLarge: {
    status: 400,
    message: "The request header and query parameters used to make the request exceed the maximum allowed size.",
  },
  RequestIsNotMultiPartContent: {
    status: 412,
    message: "Bucket POST must be of the enclosure-type multipart/form-data.",
  },
  RequestTimeTooSkewed: {
    status: 403,
    message: "The difference between the request time and the current time is too large.",
  },
  RequestTimeout: {
    status: 400,
    message: "Your socket connection to the server was not read from or written to within the timeout period.",
  },
  RequestTorrentOfBucketError: { status: 400, message: "Requesting the torrent file of a bucket is not permitted." },
  ResponseInterrupted: { status: 400, message: "The response was interrupted." },
  RestoreAlreadyInProgress: { status: 409, message: "Object restore is already in progress." },
  ServerSideEncryptionConfigurationNotFoundError: {
    status: 404,
    message: "The server side encryption configuration was not found",
  },
  ServiceUnavailable: { status: 503, message: "Service is unable to handle request." },
  SignatureDoesNotMatch: {
    status: 403,
    message:
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  },
  SlowDown: { status: 503, message: "Please reduce your request rate." },
  TemporaryRedirect: {
    status: 307,
    message: "You are being redirected to the bucket while the Domain Name System (DNS) server is being updated.",
  },
  TokenCodeInvalidError: { status: 400, message: "The serial number or token code that you provided is not valid." },
  TokenRefreshRequired: { status: 400, message: "The provided token must be refreshed." },
  TooManyBuckets: { status: 400, message: "You have attempted to create more buckets than allowed" },
  TooManyTags: { status: 400, message: "The number of tags exceeds the limit." },
  TransferEncodingNotSupported: { status: 400, message: "The transfer encoding of the request is not supported." },
  UnauthorizedAccess: { status: 403, message: "You are not authorized to perform this operation." },
  UnexpectedContent: { status: 400, message: "This request contains unsupported content." },
  UnresolvableGrantByEmailAddress: {
    status: 400,
    message: "The email address you provided does not match any account on record.",
  },
  UnsupportedSignature: {
    status: 400,
    message:
      "The provided request is signed with an unsupported STS Token version or the signature version is not supported.",
  },
  UserKeyMustBeSpecified: {
    status: 400,
    message:
      "The bucket POST request must contain the specified field name. If it is specified, check the order of the fields.",
  },
  VersionIdNotSupported: { status: 400, message: "Versioning is not enabled for this bucket." },
  XAmzContentChecksumMismatch: {
    status: 400,
    message: "The provided 'x-amz-checksum' header does not match what was computed.",
  },
  XAmzContentSHA256Mismatch: {
    status: 400,
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
  },
} as const satisfies Record<string, CatalogueEntry>;

/** A code of S3's that this catalogue knows. */
export type S3ErrorCode = keyof typeof catalogue;

/** Every code with its HTTP status and default message. */
export const errorCatalogue: Readonly<Record<S3ErrorCode, CatalogueEntry>> = catalogue;

/** Tells whether a code (of the mesh, or of a client) is one of S3's; the names of `Object.prototype` are not. */
export function isS3ErrorCode(code: string): code is S3ErrorCode {
  return Object.hasOwn(catalogue, code);
}

export type S3ErrorOptions = {
  /** Replaces the catalogue's message. */
  readonly message?: string;
  /** Further elements of the error's XML, in this order: `{ ArgumentName: "max-keys", ArgumentValue: "x" }`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Response headers that belong to the answer: `{ allow: "GET, PUT" }`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
};

/** What an S3 client is told went wrong. Compare `code`, never the message. */
export class S3Error extends Error {
  override readonly name = "S3Error";
  readonly code: S3ErrorCode;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Further elements of the error's XML, in order. */
  readonly fields: Readonly<Record<string, string>>;
  /** Response headers that belong to the answer, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: S3ErrorCode, options: S3ErrorOptions = {}) {
    const { status, message } = errorCatalogue[code];
    super(options.message ?? message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = status;
    this.fields = options.fields ?? {};
    this.headers = options.headers ?? {};
  }
}

/** Makes an error to throw: `throw s3Error("NoSuchKey", { fields: { Key: key } })`. */
export function s3Error(code: S3ErrorCode, options?: S3ErrorOptions): S3Error {
  return new S3Error(code, options);
}

/**
 * The S3 error of an error that came over the mesh: by name, but for the mesh's own codes. A call that timed out or that
 * nobody could answer is worth a retry by the client; what S3 has no code for is a bug of ours.
 */
export function fromMeshError(error: { readonly code: string; readonly message: string }): S3Error {
  const { code, message } = error;
  // S3's RequestTimeout is about the client's own socket.
  if (code === "RequestTimeout" || code === "ServiceUnavailable") return s3Error("SlowDown", { cause: error });
  if (code === "InvalidInput") return s3Error("InvalidRequest", { cause: error });
  if (!isS3ErrorCode(code) || code === "InternalError") return s3Error("InternalError", { cause: error });
  // Messages of the mesh are for people who run it; S3's own words are for clients, except where they say what is wrong.
  return s3Error(code, detailedCodes.has(code) ? { message, cause: error } : { cause: error });
}

/** Codes whose standing message says nothing without the detail. */
const detailedCodes: ReadonlySet<S3ErrorCode> = new Set([
  "InvalidArgument",
  "InvalidRequest",
  "BadRequest",
  "InvalidTag",
]);

/** Tells an S3Error (with this code, where given) from everything else, also across copies of this package. */
export function isS3Error(error: unknown, code?: S3ErrorCode): error is S3Error {
  return (
    error instanceof Error &&
    error.name === "S3Error" &&
    "code" in error &&
    (code === undefined ? typeof error.code === "string" && isS3ErrorCode(error.code) : error.code === code)
  );
}
