/** What wasi:blobstore lets one workload do, whatever the backend. */
export const blobStoreLimits = {
  /** Bytes of UTF-8, of an object's or container's name. */
  name: 1_024,
  /** Names in one call of deleteObjects. */
  names: 10_000,
  /** Objects that one workload reads or writes at once. */
  open: 128,
  /** A read or write that nobody goes on with for so long is given up. */
  idleMs: 60_000,
  /** Names in one page. */
  page: 1_000,
} as const;
