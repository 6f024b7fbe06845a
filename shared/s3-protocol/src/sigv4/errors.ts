/** Errors of this folder that more than one file throws. */
import { s3Error, type S3Error } from "../errors.ts";

/** Bytes as AWS prints them: `47 45 54`. The characters of the text stand for bytes. */
function printBytes(text: string): string {
  return Buffer.from(text, "latin1")
    .toString("hex")
    .replace(/..(?=.)/g, "$& ");
}

/**
 * SignatureDoesNotMatch with what AWS shows for finding the mistake. Everything shown came from the client; the signature
 * that we computed is never among it.
 */
export function signatureDoesNotMatch(shown: {
  readonly accessKeyId: string;
  readonly stringToSign: string;
  readonly signature: string;
  readonly canonicalRequest?: string;
}): S3Error {
  const canonical = shown.canonicalRequest;
  return s3Error("SignatureDoesNotMatch", {
    fields: {
      AWSAccessKeyId: shown.accessKeyId,
      StringToSign: shown.stringToSign,
      SignatureProvided: shown.signature,
      StringToSignBytes: printBytes(shown.stringToSign),
      ...(canonical === undefined ? {} : { CanonicalRequest: canonical, CanonicalRequestBytes: printBytes(canonical) }),
    },
  });
}
