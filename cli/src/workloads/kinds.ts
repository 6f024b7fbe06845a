/** The kinds of objects, by the names people type. */
import type { ObjectKind } from "@holdfast/contracts";
import { UsageError } from "../errors.ts";
import { didYouMean } from "@holdfast/manifests";

type KindNames = { readonly plural: string; readonly short: readonly string[] };

/** Plural names are those of the help; the kind itself and its singular are understood too. */
const names: Readonly<Record<ObjectKind, KindNames>> = {
  WorkloadDeployment: { plural: "deployments", short: ["deploy", "wd", "workloaddeployments"] },
  WorkloadReplicaSet: { plural: "replicasets", short: ["rs", "workloadreplicasets"] },
  Workload: { plural: "workloads", short: ["wl"] },
  Host: { plural: "hosts", short: [] },
  Artifact: { plural: "artifacts", short: ["art"] },
  ConfigMap: { plural: "configs", short: ["cm", "configmaps"] },
  Secret: { plural: "secrets", short: ["sec"] },
};
const kinds = Object.keys(names).filter((name): name is ObjectKind => name in names);

export const kindSuggestions: readonly string[] = kinds.map((kind) => names[kind].plural);

/** For the help of an argument. */
export const kindHelp = kinds
  .map((kind) => [names[kind].plural, names[kind].short[0]].filter((name) => name !== undefined).join(" or "))
  .join(", ");

/** The kind that a word means. Throws UsageError. */
export function kindOf(word: string): ObjectKind {
  const asked = word.toLowerCase();
  const found = kinds.find((kind) => spellings(kind).has(asked));
  if (found !== undefined) return found;
  throw new UsageError(`KIND: there is no kind "${word}"${didYouMean(asked, kindSuggestions)}`);
}

function spellings(kind: ObjectKind): Set<string> {
  const all = [kind.toLowerCase(), names[kind].plural, ...names[kind].short];
  return new Set([...all, ...all.filter((name) => name.endsWith("s")).map((name) => name.slice(0, -1))]);
}

/** `deployment` for a sentence. */
export const wordOf = (kind: ObjectKind): string => names[kind].plural.slice(0, -1);

export type Target = { readonly kind: ObjectKind; readonly name: string };

/** `KIND NAME...` or `KIND/NAME...`, as typed. Names may be missing. */
export function targetsOf(words: readonly string[]): { kind: ObjectKind; names: string[] } | { targets: Target[] } {
  const [first = "", ...rest] = words;
  if (!first.includes("/")) return { kind: kindOf(first), names: rest };
  return {
    targets: words.map((word) => {
      const at = word.indexOf("/");
      if (at < 1 || at === word.length - 1) throw new UsageError(`"${word}" is not KIND/NAME`);
      return { kind: kindOf(word.slice(0, at)), name: word.slice(at + 1) };
    }),
  };
}

/** The objects that the words name, at least one. */
export function namedTargets(words: readonly string[]): Target[] {
  const found = targetsOf(words);
  if ("targets" in found) return found.targets;
  if (found.names.length === 0) throw new UsageError("NAME is missing");
  return found.names.map((name) => ({ kind: found.kind, name }));
}
