/** Options that several commands about workloads take. */
import { defaultNamespace } from "@holdfast/manifests";
import type { CommandContext, Option } from "../command.ts";

export const namespaceOption: Readonly<Record<string, Option>> = {
  namespace: { value: "NAME", short: "n", help: `the objects' namespace (default ${defaultNamespace})` },
};
export const allNamespacesOption: Readonly<Record<string, Option>> = {
  "all-namespaces": { short: "A", help: "of every namespace" },
};
export const selectorOption: Readonly<Record<string, Option>> = {
  selector: { value: "LABELS", short: "l", help: "only with these labels: app=shop,tier!=db,env in (a, b)" },
};
export const filenameOption: Readonly<Record<string, Option>> = {
  filename: {
    value: "PATH",
    short: "f",
    multiple: true,
    help: "a file, a folder of .yaml, .yml and .json files, or -",
  },
  recursive: { short: "R", help: "the folders below, too" },
};

export const namespaceOf = ({ options }: Pick<CommandContext, "options">): string =>
  options.text("namespace") ?? defaultNamespace;

/** `{ namespace }` to ask within it; `{}` for all of them. */
export function withinNamespace(context: Pick<CommandContext, "options">): { namespace?: string } {
  return context.options.flag("all-namespaces") ? {} : { namespace: namespaceOf(context) };
}
