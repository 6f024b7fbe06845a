/** Rules between the fields of one workload: names that must be unique, and names that must be there. */
import type { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";

type Mounting = {
  readonly localResources?: { readonly volumeMounts?: readonly { readonly name: string }[] | undefined } | undefined;
};
type Interface = { readonly namespace: string; readonly package: string; readonly name?: string | undefined };
type Volume = { readonly name: string; readonly ephemeral?: unknown; readonly hostPath?: unknown };

type Spec = {
  readonly components: readonly (Mounting & { readonly name: string })[];
  readonly service?: Mounting | undefined;
  readonly hostInterfaces: readonly Interface[];
  readonly volumes: readonly Volume[];
};
type Path = (string | number)[];
type Report = (path: Path, message: string) => void;

/** Every rule that a broken workload breaks, each at the field that should change. */
export function checkWorkload(spec: Spec, context: z.core.$RefinementCtx): void {
  const report: Report = (path, message) => context.addIssue({ code: "custom", path, message });
  if (spec.components.length === 0 && spec.service === undefined) {
    report(["components"], "nothing to run: name at least one component or a service");
  }
  checkUnique(spec.components, ["components"], report);
  checkUnique(spec.volumes, ["volumes"], report);
  for (const [index, volume] of spec.volumes.entries()) {
    const isOne = (volume.ephemeral === undefined) !== (volume.hostPath === undefined);
    if (!isOne) report(["volumes", index], "a volume is either `ephemeral: {}` or `hostPath: { path: ... }`");
  }
  for (const [index, component] of spec.components.entries())
    checkMounts(component, ["components", index], spec, report);
  if (spec.service) checkMounts(spec.service, ["service"], spec, report);
  checkInterfaces(spec.hostInterfaces, report);
}

function checkUnique(items: readonly { readonly name: string }[], path: Path, report: Report): void {
  const seen = new Set<string>();
  for (const [index, { name }] of items.entries()) {
    if (seen.has(name)) report([...path, index, "name"], `"${name}" is there twice: names are unique`);
    seen.add(name);
  }
}

function checkMounts({ localResources }: Mounting, path: Path, { volumes }: Spec, report: Report): void {
  const known = volumes.map(({ name }) => name);
  for (const [index, { name }] of (localResources?.volumeMounts ?? []).entries()) {
    if (known.includes(name)) continue;
    const hint = known.length === 0 ? "; declare it under volumes" : didYouMean(name, known);
    report(
      [...path, "localResources", "volumeMounts", index, "name"],
      `no volume of the workload has this name${hint}`,
    );
  }
}

/** The unnamed entry of a package is its default, so there can be one; the others are told apart by name. */
function checkInterfaces(interfaces: readonly Interface[], report: Report): void {
  const seen = new Set<string>();
  for (const [index, each] of interfaces.entries()) {
    const label = `${each.namespace}:${each.package}`;
    const key = `${label}/${each.name ?? ""}`;
    const message =
      each.name === undefined
        ? `a second ${label} needs a name of its own: several backends of one package are told apart by name`
        : `"${each.name}" is there twice for ${label}: names are unique`;
    if (seen.has(key)) report(["hostInterfaces", index, "name"], message);
    seen.add(key);
  }
}
