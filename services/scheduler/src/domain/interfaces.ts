/** Whether a host offers what a workload asks of it. */
import type { WitInterface } from "@holdfast/host-protocol";
import type { HostInterface } from "@holdfast/manifests";

/** Versions that link: the same major one, below 1.0.0 the same minor one, below 0.1.0 the same patch; `-rc` and `-draft` do not count. */
export function canonicalVersion(version: string): string {
  const [major = "", minor = "", patch = ""] = (version.split(/[-+]/)[0] ?? "").split(".");
  if (major !== "0") return major;
  return minor !== "0" ? `0.${minor}` : `0.0.${patch}`;
}

type Offer = Pick<WitInterface, "namespace" | "package" | "version" | "interfaces">;
type Wish = Pick<HostInterface, "namespace" | "package" | "version" | "interfaces">;

const fits = (offer: Offer, wish: Wish) =>
  offer.namespace === wish.namespace &&
  offer.package === wish.package &&
  (!offer.version || !wish.version || canonicalVersion(offer.version) === canonicalVersion(wish.version));

/** Interfaces of the wish that no offer has, as `wasi:keyvalue/batch`. An offer without a list of interfaces has all of its package. */
export function missingInterfaces(offers: readonly Offer[], wish: Wish): string[] {
  const fitting = offers.filter((offer) => fits(offer, wish));
  const offered = new Set(fitting.flatMap(({ interfaces }) => interfaces));
  if (fitting.some(({ interfaces }) => interfaces.length === 0)) return [];
  const version = wish.version ? `@${wish.version}` : "";
  return wish.interfaces
    .filter((each) => !offered.has(each))
    .map((each) => `${wish.namespace}:${wish.package}/${each}${version}`);
}
