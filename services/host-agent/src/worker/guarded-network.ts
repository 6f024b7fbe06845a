import { addressText, hostNetwork, type HostNetwork } from "@holdfast/wasi";
import { isIn, networkList } from "../machine/networks.ts";

/** The network that sockets leave through, without what the operator denies: whatever a manifest allows. */
export function guardedNetwork(denied: readonly string[]): HostNetwork {
  const list = networkList(denied);
  return {
    ...hostNetwork,
    async connect(address, signal) {
      if (!isIn(list, addressText(address))) return hostNetwork.connect(address, signal);
      throw Object.assign(new Error("the host's operator denies this network"), { code: "EACCES" });
    },
  };
}
