/** The port: who leads. */

export type LeaseRecord = { readonly instance: string; readonly token: number; readonly since: number };

export type Lease = {
  /** While this instance leads; undefined as soon as it can no longer be sure of it. */
  readonly token: number | undefined;
  /** Renews it, or takes it when it is free. To be called twice a second. Throws when the store does not answer. */
  tick(): Promise<void>;
  /** Whoever leads, by what is written. */
  current(): Promise<LeaseRecord | undefined>;
  /** Gives it up, so that another one takes over at once. */
  release(): Promise<void>;
};
