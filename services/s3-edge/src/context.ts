/** What an operation gets to work with. */
import type { KeyObject } from "node:crypto";
import type { auth, Bucket, multipart, objectMetadata } from "@holdfast/contracts";
import type { Client } from "@holdfast/micro";
import type { Logger } from "@holdfast/runtime";
import type { Authentication, Query, RequestHeaders } from "@holdfast/s3-protocol";
import type { NatsConnection } from "@nats-io/nats-core";
import type { Background } from "./background.ts";
import type { Buckets } from "./buckets.ts";
import type { EdgeConfig } from "./config.ts";
import type { ByteBudget } from "./domain/byte-budget.ts";
import type { Principal } from "./domain/principal.ts";
import type { RecentObjects } from "./domain/recent-objects.ts";
import type { Answer, Exchange } from "./http/exchange.ts";
import type { Sending } from "./http/respond.ts";
import type { ReadLanes } from "./read-lanes.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** What the edge holds for all requests. */
export type Edge = {
  readonly config: EdgeConfig;
  readonly log: Logger;
  /** Carries calls, records and small objects. */
  readonly nc: NatsConnection;
  /** Carries chunks on their way in and their acks, so that calls do not wait behind them. */
  readonly bulk: NatsConnection;
  /** Carry chunks on their way out. */
  readonly reads: ReadLanes;
  readonly auth: Client<typeof auth>;
  readonly metadata: Client<typeof objectMetadata>;
  readonly multipart: Client<typeof multipart>;
  readonly signingKeys: SigningKeys;
  readonly buckets: Buckets;
  /** For bytes on their way in. */
  readonly budget: ByteBudget;
  /** For bytes that travel with their record, in either direction. */
  readonly inline: ByteBudget;
  readonly background: Background;
  readonly recent: RecentObjects;
  /** How answers go out. */
  readonly sending: Sending;
  /** Objects up to this size travel with their record in one call. */
  readonly inlineBytes: number;
};

/** A request that was understood, authenticated and allowed. */
export type ServiceContext = {
  readonly edge: Edge;
  readonly exchange: Exchange;
  readonly principal: Principal;
  readonly authentication: Authentication;
  /** Undefined for an unsigned request. */
  readonly signingKey: KeyObject | undefined;
  readonly query: Query;
  readonly headers: RequestHeaders;
};
/** CreateBucket's: the bucket is named, and need not exist. */
export type NamedBucketContext = ServiceContext & { readonly bucketName: string };
export type BucketContext = ServiceContext & { readonly bucket: Bucket };
export type ObjectContext = BucketContext & { readonly key: string };

/** An operation on the service, on a bucket's name, on a bucket, or on an object. */
export type Operation =
  | { readonly on: "service"; run(context: ServiceContext): Promise<Answer> }
  | { readonly on: "bucketName"; run(context: NamedBucketContext): Promise<Answer> }
  | { readonly on: "bucket"; run(context: BucketContext): Promise<Answer> }
  | { readonly on: "object"; run(context: ObjectContext): Promise<Answer> };

export const onService = (run: (context: ServiceContext) => Promise<Answer>): Operation => ({ on: "service", run });
export const onBucketName = (run: (context: NamedBucketContext) => Promise<Answer>): Operation => ({
  on: "bucketName",
  run,
});
export const onBucket = (run: (context: BucketContext) => Promise<Answer>): Operation => ({ on: "bucket", run });
export const onObject = (run: (context: ObjectContext) => Promise<Answer>): Operation => ({ on: "object", run });
