import type { Offer } from "../plugin.ts";

const version = "0.2.6";

/** What the host itself offers and a workload has to declare. Core WASI (io, clocks, random, cli, filesystem, sockets) needs no declaration. */
export const hostOffers: readonly Offer[] = [
  { namespace: "wasi", package: "http", version, interfaces: ["incoming-handler", "outgoing-handler", "types"] },
];

/** What components import without declaring it, as heartbeats tell it. */
export const coreOffers: readonly Offer[] = [
  { namespace: "wasi", package: "io", version, interfaces: ["error", "poll", "streams"] },
  { namespace: "wasi", package: "clocks", version, interfaces: ["monotonic-clock", "wall-clock"] },
  { namespace: "wasi", package: "random", version, interfaces: ["random", "insecure", "insecure-seed"] },
  {
    namespace: "wasi",
    package: "cli",
    version,
    interfaces: ["environment", "exit", "stdin", "stdout", "stderr", "run"],
  },
  { namespace: "wasi", package: "filesystem", version, interfaces: ["preopens", "types"] },
];
