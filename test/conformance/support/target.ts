/** What the suite talks to. Nothing here knows Holdfast: any S3 endpoint will do. */
import { inject } from "vitest";

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type ConformanceTarget = {
  readonly endpoint: string;
  readonly region: string;
  /** The key that most of the suite works with. */
  readonly credentials: Credentials;
  /** Domain whose subdomains are buckets; absent: the virtual-host tests are skipped. */
  readonly domain?: string;
  /** Two ordinary users who share nothing; absent: the authorisation tests are skipped. */
  readonly users?: { readonly owner: Credentials; readonly stranger: Credentials };
  /** True when `credentials` may use everybody's buckets. */
  readonly administrator: boolean;
};

declare module "vitest" {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- merging needs an interface
  export interface ProvidedContext {
    s3: ConformanceTarget;
  }
}

export const target: ConformanceTarget = inject("s3");
