import type { KeyObject } from "node:crypto";
import {
  type Authentication,
  parseAuthentication,
  type SignedRequest,
  verifyRequestSignature,
} from "@holdfast/s3-protocol";
import type { Edge } from "./context.ts";
import type { Principal } from "./domain/principal.ts";

export type Authenticated = {
  readonly authentication: Authentication;
  /** Undefined for an unsigned request. */
  readonly principal: Principal | undefined;
  /** Undefined for an unsigned request. */
  readonly signingKey: KeyObject | undefined;
};

/** Who made a request, its signature verified. Throws S3's code for every way in which it is not right. */
export async function authenticate(edge: Edge, request: SignedRequest): Promise<Authenticated> {
  const authentication = parseAuthentication(request, { region: edge.config.HOLDFAST_REGION, now: new Date() });
  if (authentication.kind === "anonymous") return { authentication, principal: undefined, signingKey: undefined };
  const { key, principal } = await edge.signingKeys.get(authentication.accessKeyId, authentication.scope);
  verifyRequestSignature(request, authentication, key);
  return { authentication, principal, signingKey: key };
}
