/** Addresses that components are kept from. Names are looked at after they are resolved. */
import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** A list of networks (`10.0.0.0/8`, `fd00::/8`) and addresses. Throws a `RangeError` that names what is neither. */
export function networkList(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = "", prefix] = text.split("/", 2);
    const version = isIP(address);
    const bits = prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix);
    const isFine = version !== 0 && /^\d+$/.test(prefix ?? "0") && bits <= (version === 6 ? 128 : 32);
    if (!isFine) throw new RangeError(`${text} is no network such as 10.0.0.0/8, and no address`);
    list.addSubnet(address, bits, version === 6 ? "ipv6" : "ipv4");
  }
  return list;
}

/** An address of IP version 4 that is written as one of version 6 counts as itself. */
export const isIn = (list: BlockList, address: string): boolean =>
  list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

/** Where cloud providers keep credentials of the machine: AWS, Azure, Google, Oracle, Alibaba. */
export const metadataServices = [
  "169.254.169.254",
  "fd00:ec2::254",
  "fd20:ce::254",
  "168.63.129.16",
  "192.0.0.192",
  "100.100.100.200",
];

const ownNetworks = ["127.0.0.0/8", "0.0.0.0/8", "169.254.0.0/16", "::1", "::", "fe80::/10"];
/** The same inside of addresses that are translated to IP version 4: compatible (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056). */
const translated = ["::7f00:0/104", "::a9fe:0/112", "64:ff9b::7f00:0/104", "64:ff9b::/104", "64:ff9b::a9fe:0/112"];
const ofRelays = ["2002:7f00::/24", "2002::/24", "2002:a9fe::/32"];
const ownAddresses = networkList([...ownNetworks, ...translated, ...ofRelays]);

/** True for loopback, unspecified and link-local addresses, also where they are written as IPv6. */
export const isOwnAddress = (address: string): boolean => isIn(ownAddresses, address);

/** True for an address of one of this machine's network interfaces. */
export function isInterfaceAddress(address: string): boolean {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return isIn(networkList(all.map((each) => each.address)), address);
}
