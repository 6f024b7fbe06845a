import { endpoint, service } from "@holdfast/micro/contract";
import { z } from "zod";
import { EpochMs, UserName } from "./common.ts";

/** At least 3 characters, none of `=` and `,` (nor blanks and slashes, which would break a credential scope). */
export const AccessKeyId = z.string().regex(/^[^=,\s/]{3,128}$/);
export const SecretAccessKey = z.string().min(8).max(256);

export const AccessKey = z.object({
  accessKeyId: AccessKeyId,
  user: UserName,
  /** Administrators may use every bucket. */
  admin: z.boolean(),
  status: z.enum(["Active", "Inactive"]),
  createdAt: EpochMs,
});
export type AccessKey = z.output<typeof AccessKey>;

const NewAccessKey = AccessKey.extend({ /** Shown once, here. */ secretAccessKey: SecretAccessKey });
const storeErrors = { SlowDown: { status: 503, retryable: true } } as const;
const noSuchKey = { ...storeErrors, InvalidAccessKeyId: { status: 403 } } as const;

/**
 * Core NATS subject on which auth says that a key changed: the edges drop what they hold of it.
 * Body: JSON `{ revision, accessKeyId? }`. Every auth instance repeats its latest revision as a heartbeat each 500 ms
 * without a key, so that an edge that missed a change notices the gap and drops everything it holds.
 */
export const authChangedSubject = "holdfast.auth.changed";
export const AuthChanged = z.object({ revision: z.int().min(0), accessKeyId: AccessKeyId.optional() });

export const auth = service({
  name: "auth",
  version: "1.0.0",
  description: "Access keys and users: answers who signed a request",
  subject: "auth.v1",
  endpoints: {
    GetSigningKey: endpoint({
      summary:
        "The SigV4 signing key of an active access key for one day, region and service; the 32 bytes are the raw body",
      input: z.object({
        accessKeyId: z.string().max(128),
        date: z.string().regex(/^\d{8}$/),
        region: z.string().max(64),
        service: z.string().max(32),
      }),
      output: z.object({
        user: UserName,
        admin: z.boolean(),
        /** The revision of the key store that this answer reflects. */ revision: z.int(),
      }),
      errors: noSuchKey,
      idempotent: true,
      rawBody: "response",
    }),
    CreateAccessKey: endpoint({
      summary: "Make an access key for a user; a user may hold two at a time",
      input: z.object({ user: UserName, admin: z.boolean().default(false) }),
      output: NewAccessKey,
      errors: { ...storeErrors, LimitExceeded: { status: 409 }, OperationAborted: { status: 409 } },
      idempotent: false,
    }),
    RotateAccessKey: endpoint({
      summary: "Make a second key for the user of this one; both work until the old one is disabled or revoked",
      input: z.object({ accessKeyId: AccessKeyId }),
      output: NewAccessKey,
      errors: { ...noSuchKey, LimitExceeded: { status: 409 }, OperationAborted: { status: 409 } },
      idempotent: false,
    }),
    ListAccessKeys: endpoint({
      summary: "List access keys, without their secrets",
      input: z.object({ user: UserName.optional() }),
      output: z.object({ accessKeys: z.array(AccessKey) }),
      errors: storeErrors,
      idempotent: true,
    }),
    UpdateAccessKey: endpoint({
      summary: "Enable or disable an access key; a disabled one stops working on every edge within a second",
      input: z.object({ accessKeyId: AccessKeyId, status: z.enum(["Active", "Inactive"]) }),
      output: AccessKey,
      errors: { ...noSuchKey, OperationAborted: { status: 409 } },
      idempotent: true,
    }),
    DeleteAccessKey: endpoint({
      summary: "Revoke an access key for good; it stops working on every edge within a second",
      input: z.object({ accessKeyId: AccessKeyId }),
      output: z.object({}),
      errors: noSuchKey,
      idempotent: false,
    }),
    ImportAccessKeys: endpoint({
      summary: "Take in keys made elsewhere (a credentials file); a key that exists gets the secret given",
      input: z.object({
        accessKeys: z
          .array(
            z.object({
              accessKeyId: AccessKeyId,
              secretAccessKey: SecretAccessKey,
              user: UserName,
              admin: z.boolean(),
            }),
          )
          .max(1000),
      }),
      /** How many were new or changed. */
      output: z.object({ imported: z.int() }),
      errors: storeErrors,
      idempotent: true,
    }),
  },
});
