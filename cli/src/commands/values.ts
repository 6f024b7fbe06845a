/** `holdfast config ...` and `holdfast secret ...`: values that workloads are given. A secret's are never printed. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { KeptObject } from "@holdfast/contracts";
import type { Command, CommandContext, Option } from "../command.ts";
import { messageOf, UsageError } from "../errors.ts";
import { keyValues } from "../key-values.ts";
import { table } from "../output.ts";
import { headerOf, rowOf, type View } from "../workloads/columns.ts";
import { readAll } from "../workloads/manifest-files.ts";
import { asManifest } from "../workloads/manifest-of.ts";
import { allNamespacesOption, namespaceOf, namespaceOption, withinNamespace } from "../workloads/options.ts";
import { listAll, withScheduler } from "../workloads/scheduler-call.ts";

type Kind = "ConfigMap" | "Secret";
const wordOf = (kind: Kind) => (kind === "ConfigMap" ? "config" : "secret");

const valueOptions: Readonly<Record<string, Option>> = {
  ...namespaceOption,
  "from-literal": {
    value: "KEY=VALUE",
    multiple: true,
    help: "a value; other users of this machine may see it while this runs",
  },
  "from-file": {
    value: "[KEY=]FILE",
    multiple: true,
    help: "a value that is a file's text; the key is the file's name",
  },
  "from-env-file": { value: "FILE", multiple: true, help: "KEY=VALUE lines" },
  stdin: { value: "KEY", help: "a value that comes on stdin" },
  unset: { value: "KEY", multiple: true, help: "take this value away" },
};

function set(kind: Kind): Command {
  const word = wordOf(kind);
  return {
    name: `${word} set`,
    summary: `set values of a ${word}, making it when it is not there`,
    details:
      kind === "Secret"
        ? "Values are stored by the scheduler and given to the workloads that name the secret; no command prints them."
        : "Workloads that name it get the new values when they are started again.",
    positionals: [{ name: "NAME", help: `the ${word}` }],
    options: {
      ...valueOptions,
      ...(kind === "Secret" ? { type: { value: "TYPE", help: "as in Kubernetes (default Opaque)" } } : {}),
    },
    examples: [
      `holdfast ${word} set shop --from-literal GREETING=hello --from-file settings.json`,
      ...(kind === "Secret" ? ["pass show shop | holdfast secret set shop --stdin PASSWORD"] : []),
    ],
    async run(context) {
      const [name = ""] = context.positionals;
      const values = await valuesOf(context);
      const unset = context.options.list("unset");
      if (Object.keys(values).length === 0 && unset.length === 0) {
        throw new UsageError("there is nothing to set: use --from-literal, --from-file, --from-env-file or --stdin");
      }
      const input = { namespace: namespaceOf(context), name, set: values, unset };
      const type = context.options.text("type");
      const done = await withScheduler(context, (service) =>
        kind === "ConfigMap"
          ? service.SetConfig(input)
          : service.SetSecret({ ...input, ...(type === undefined ? {} : { type }) }),
      );
      context.output.result({ name, ...done }, `${word} ${name} has ${done.keys.join(", ") || "no values"}`);
    },
  };
}

async function valuesOf({ options, stdin }: CommandContext): Promise<Record<string, string>> {
  const values = keyValues("--from-literal", options.list("from-literal"));
  for (const text of options.list("from-file")) {
    const at = text.indexOf("=");
    const file = text.slice(at + 1);
    values[at < 1 ? basename(file) : text.slice(0, at)] = await readValue("--from-file", file);
  }
  for (const file of options.list("from-env-file")) {
    const lines = (await readValue("--from-env-file", file)).split("\n").map((line) => line.trim());
    Object.assign(
      values,
      keyValues(
        `--from-env-file ${file}`,
        lines.filter((line) => line !== "" && !line.startsWith("#")),
      ),
    );
  }
  const key = options.text("stdin");
  // a line's end is of the terminal, not of the value
  if (key !== undefined) values[key] = (await readAll(stdin)).replace(/\r?\n$/, "");
  return values;
}

async function readValue(origin: string, file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    throw new UsageError(
      `${origin}: ${file} ${error instanceof TypeError ? "is not UTF-8 text" : `cannot be read: ${messageOf(error)}`}`,
    );
  }
}

function list(kind: Kind): Command {
  const word = wordOf(kind);
  return {
    name: `${word} list`,
    summary: `list ${word}s and the names of their values`,
    options: { ...namespaceOption, ...allNamespacesOption },
    async run(context) {
      const { output, options } = context;
      const { objects } = await withScheduler(context, (service) =>
        listAll(service, { kind, ...withinNamespace(context) }),
      );
      const view: View = { wide: false, allNamespaces: options.flag("all-namespaces"), now: Date.now(), output };
      output.result(
        { [`${word}s`]: objects.map(asManifest) },
        table(
          headerOf(kind, view),
          objects.map((object: KeptObject) => rowOf(object, view)),
        ),
      );
    },
  };
}

function remove(kind: Kind): Command {
  const word = wordOf(kind);
  return {
    name: `${word} delete`,
    summary: `delete a ${word}`,
    positionals: [{ name: "NAME", help: `the ${word}` }],
    options: namespaceOption,
    async run(context) {
      const [name = ""] = context.positionals;
      await withScheduler(context, (service) => service.Delete({ kind, namespace: namespaceOf(context), name }));
      context.output.result({ name, deleted: true }, `${word} ${name} is deleted`);
    },
  };
}

const getConfig: Command = {
  name: "config get",
  summary: "print the values of a config, or one of them",
  positionals: [
    { name: "NAME", help: "the config" },
    { name: "KEY", help: "only this value, as it is", optional: true },
  ],
  options: namespaceOption,
  async run(context) {
    const [name = "", key] = context.positionals;
    const { data, revision } = await withScheduler(context, (service) =>
      service.GetConfig({ namespace: namespaceOf(context), name }),
    );
    if (key === undefined)
      return context.output.result({ data, revision }, table(["KEY", "VALUE"], Object.entries(data)));
    const value = data[key];
    if (value === undefined)
      throw new UsageError(`KEY: ${name} has no ${key}; it has ${Object.keys(data).join(", ") || "nothing"}`);
    context.output.result({ [key]: value }, value);
  },
};

export const configCommands: readonly Command[] = [list("ConfigMap"), getConfig, set("ConfigMap"), remove("ConfigMap")];
export const secretCommands: readonly Command[] = [list("Secret"), set("Secret"), remove("Secret")];
