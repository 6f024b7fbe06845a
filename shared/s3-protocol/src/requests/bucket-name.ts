/**
 * Names of general purpose buckets.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 *
 * Gap: the suffix `-an`, reserved for account regional namespaces, is an ordinary end of a name here.
 */
import { s3Error } from "../errors.ts";

const reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"];
const reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

export type BucketNameOptions = {
  /** Take names of one and two characters too, which S3 refuses. */
  readonly allowShort?: boolean;
};

/** Tells whether S3 would let a general purpose bucket have this name. */
export function isValidBucketName(name: string, { allowShort = false }: BucketNameOptions = {}): boolean {
  return (
    /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(name) &&
    (allowShort || name.length >= 3) &&
    !name.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !reservedPrefixes.some((prefix) => name.startsWith(prefix)) &&
    !reservedSuffixes.some((suffix) => name.endsWith(suffix))
  );
}

/** Throws InvalidBucketName. For CreateBucket: buckets that plain NATS clients made may have other names. */
export function validateBucketName(name: string, options?: BucketNameOptions): void {
  if (!isValidBucketName(name, options)) throw s3Error("InvalidBucketName", { fields: { BucketName: name } });
}

/** The names that can exist at all: what a stream's name and a subject can hold. Everything else is InvalidBucketName. */
export function isAddressableBucketName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,255}$/.test(name);
}
