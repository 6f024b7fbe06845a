/** The words of SigV4, shared by the files of this folder. */

/** A request as it came over the wire. */
export type SignedRequest = {
  readonly method: string;
  /** What is before the `?`, undecoded; characters above 0x7F stand for bytes (as Node gives request targets). */
  readonly rawPath: string;
  /** What is behind the `?`, undecoded; empty when there is none. */
  readonly rawQuery: string;
  /** Lower-case names in order, duplicates kept; a character of a value stands for a byte (as Node gives headers). */
  readonly headers: readonly (readonly [name: string, value: string])[];
};

/** What a signing key is good for. */
export type CredentialScope = { readonly date: string; readonly region: string; readonly service: string };

/** How the body is encoded, and what of it is signed. */
export type PayloadMode =
  | { readonly kind: "signed"; /** Hex, lower-case. */ readonly sha256: string }
  | { readonly kind: "unsigned" }
  | { readonly kind: "streaming-signed"; readonly trailer: boolean }
  | { readonly kind: "streaming-unsigned-trailer" };

/** A request that claims to be signed: well-formed, in time and in scope; whether it is true, `verifyRequestSignature` tells. */
export type SignedAuthentication = {
  readonly kind: "header" | "presigned";
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Lower-case names, in the order of the signature. */
  readonly signedHeaders: readonly string[];
  /** As the client gave it. */
  readonly signature: string;
  /** ISO 8601 basic, in UTC: `20130524T000000Z`. */
  readonly amzDate: string;
  readonly payload: PayloadMode;
  /** The last line of the canonical request, as the client gave it. */
  readonly payloadHash: string;
};

export type AnonymousAuthentication = { readonly kind: "anonymous"; readonly payload: PayloadMode };

export type Authentication = SignedAuthentication | AnonymousAuthentication;
