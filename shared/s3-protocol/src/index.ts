// The package's one public door. Names are listed one by one, by folder.
export { errorCatalogue, isS3Error, isS3ErrorCode, s3Error, S3Error } from "./errors.ts";
export type { S3ErrorCode, S3ErrorOptions } from "./errors.ts";
