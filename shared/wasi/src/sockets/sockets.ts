import type { Family } from "./address.ts";
import { networkErrorCode } from "./error-code.ts";
import { ResolveAddressStream, resolveAddresses } from "./ip-name-lookup.ts";
import { SocketPolicy } from "./policy.ts";
import type { OutgoingSocketOptions } from "./policy.ts";
import { SocketContext } from "./socket-context.ts";
import { TcpSocket } from "./tcp-socket.ts";
import { IncomingDatagramStream, OutgoingDatagramStream, UdpSocket } from "./udp-socket.ts";
import type { VirtualLoopback } from "./virtual-loopback.ts";

export interface SocketOptions {
  /** the workload's own 127.0.0.1, shared by its instances; absent: nobody is there */
  loopback?: VirtualLoopback;
  /** whether it may serve there: a service may, components may not; default false */
  mayListen?: boolean;
  /** absent: nothing leaves the workload */
  outgoing?: OutgoingSocketOptions;
  /** sockets of one instance at once; default 128 */
  maxSockets?: number;
}

const defaultSockets = 128;

/** `network`: a token without meaning here, since an instance has one network. */
class Network {
  readonly kind = "network";
}

/** `wasi:sockets` of one instance. */
export function createSockets(options: SocketOptions = {}) {
  const { loopback, mayListen = false, outgoing, maxSockets = defaultSockets } = options;
  const policy = new SocketPolicy(outgoing);
  const context = new SocketContext(policy, loopback, mayListen, maxSockets);
  return {
    reset: () => context.reset(),
    instanceNetwork: { instanceNetwork: () => new Network() },
    network: { Network, networkErrorCode },
    ipNameLookup: {
      resolveAddresses: (_network: object, name: string) => resolveAddresses(policy, name),
      ResolveAddressStream,
    },
    tcpCreateSocket: { createTcpSocket: (family: Family) => new TcpSocket(family, context) },
    tcp: { TcpSocket },
    udpCreateSocket: { createUdpSocket: (family: Family) => new UdpSocket(family, context) },
    udp: { UdpSocket, IncomingDatagramStream, OutgoingDatagramStream },
  };
}
