/**
 * What IAM calls the permission that an operation needs.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 *
 * Gaps: the actions of the configurations that are only ever answered as unset keep their operation's name.
 */
import type { S3OperationName } from "@holdfast/s3-protocol";

const named: Partial<Record<S3OperationName, string>> = {
  CompleteMultipartUpload: "s3:PutObject",
  CopyObject: "s3:PutObject",
  CreateMultipartUpload: "s3:PutObject",
  DeleteObjects: "s3:DeleteObject",
  HeadBucket: "s3:ListBucket",
  HeadObject: "s3:GetObject",
  ListBuckets: "s3:ListAllMyBuckets",
  ListMultipartUploads: "s3:ListBucketMultipartUploads",
  ListObjects: "s3:ListBucket",
  ListObjectsV2: "s3:ListBucket",
  ListObjectVersions: "s3:ListBucketVersions",
  ListParts: "s3:ListMultipartUploadParts",
  UploadPart: "s3:PutObject",
  UploadPartCopy: "s3:PutObject",
};

/** The action, as policies name it: `s3:GetObject`. */
export const iamAction = (operation: S3OperationName): string => named[operation] ?? `s3:${operation}`;
