import type { NatsConnection } from "@nats-io/nats-core";
import { NatsConnectionImpl, setTransportFactory } from "@nats-io/nats-core/internal";
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { nodeResolveHost } from "@nats-io/transport-node/lib/node_transport.js";
import { MeshTransport } from "./mesh-transport.ts";

/** `connect` of @nats-io/transport-node, over a transport that copies and calls less. */
export function connect(options: NodeConnectionOptions): Promise<NatsConnection> {
  // The library keeps one factory for all connections of a process, and asks it again at each reconnect.
  setTransportFactory({ factory: () => new MeshTransport(), dnsResolveFn: nodeResolveHost });
  return NatsConnectionImpl.connect(options);
}
