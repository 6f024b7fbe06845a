/** The credential of a signed request: `<access key>/<date>/<region>/<service>/aws4_request`, checked in S3's words. */
import { s3Error, type S3Error } from "../errors.ts";
import { scopeTerminator } from "./signing.ts";
import type { CredentialScope } from "./types.ts";

const service = "s3";
/** The most that an access key id may have (see the auth contract). */
const maxAccessKeyIdLength = 128;

/** Makes the error of one way to authenticate: same reasons, two codes. */
export type Refusal = (reason: string, fields?: Readonly<Record<string, string>>) => S3Error;

export const headerRefusal: Refusal = (reason, fields = {}) =>
  s3Error("AuthorizationHeaderMalformed", { message: `The authorization header is malformed; ${reason}`, fields });

export const queryRefusal: Refusal = (reason, fields = {}) =>
  s3Error("AuthorizationQueryParametersError", { message: reason, fields });

/** As AWS words it, problems of a presigned URL's credential have this prefix (the one with the date has not). */
export const queryCredentialRefusal: Refusal = (reason, fields) =>
  queryRefusal(`Error parsing the X-Amz-Credential parameter; ${reason}`, fields);

export type Credential = { readonly accessKeyId: string; readonly scope: CredentialScope };

/** Parses a credential and checks everything of its scope but the date's value. Throws what `refuse` makes. */
export function parseCredential(text: string, { region, refuse }: { region: string; refuse: Refusal }): Credential {
  const fields = text.split("/");
  const [accessKeyId = "", date = "", scopeRegion = "", scopeService = "", terminator = ""] = fields;
  if (fields.length !== 5 || accessKeyId === "" || accessKeyId.length > maxAccessKeyIdLength) {
    throw refuse('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  if (!/^\d{8}$/.test(date)) {
    throw refuse(`incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`);
  }
  if (scopeRegion !== region) {
    // Clients (the AWS CLI among them) read the right region from this element and sign again.
    throw refuse(`the region '${scopeRegion}' is wrong; expecting '${region}'`, { Region: region });
  }
  if (scopeService !== service) {
    throw refuse(`incorrect service "${scopeService}". This endpoint belongs to "${service}".`);
  }
  if (terminator !== scopeTerminator) {
    throw refuse(`incorrect terminal "${terminator}". This endpoint uses "${scopeTerminator}".`);
  }
  return { accessKeyId, scope: { date, region: scopeRegion, service: scopeService } };
}

/** Throws unless the scope's date is the day of the request's time. */
export function checkScopeDate({ date }: CredentialScope, amzDate: string, refuse: Refusal): void {
  if (amzDate.startsWith(date)) return;
  throw refuse(`Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${amzDate.slice(0, 8)}".`);
}
