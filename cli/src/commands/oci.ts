/** `holdfast oci push|pull`: components in OCI registries. */
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UnsupportedComponent } from "@holdfast/component-host";
import { formatReference, pullComponent, pushComponent } from "@holdfast/oci";
import type { Command } from "../command.ts";
import { namesOf, worldOf } from "../component/world.ts";
import { CliError, messageOf, UsageError } from "../errors.ts";
import { checkComponent } from "../project/component-file.ts";
import { keyValues } from "../key-values.ts";
import { progressOf } from "../progress.ts";
import { registryOptions, withRegistry } from "../registry.ts";
import { formatBytes } from "../units.ts";

const referenceArgument = { name: "REFERENCE", help: "registry/repository:tag, such as ghcr.io/team/hello:1.0.0" };
const details =
  "Credentials are those of `docker login`, read from docker's config.json (DOCKER_CONFIG), and are sent when the registry asks.";

const push: Command = {
  name: "oci push",
  summary: "push a component to an OCI registry",
  details,
  positionals: [referenceArgument, { name: "FILE", help: "the component" }],
  options: {
    ...registryOptions,
    annotation: { value: "KEY=VALUE", multiple: true, help: "put on the image's manifest" },
    author: { value: "NAME", help: "who made it" },
  },
  examples: ["holdfast oci push ghcr.io/team/hello:1.0.0 hello.wasm"],
  async run(context) {
    const [text = "", file = ""] = context.positionals;
    const { output } = context;
    const author = context.options.text("author");
    const annotations = keyValues("--annotation", context.options.list("annotation"));
    const bytes = await readComponent(file);
    const world = worldNames(bytes, file);
    await withRegistry(context, text, async (client, reference) => {
      const onProgress = progressOf(output, `pushing ${formatReference(reference)}`);
      const description = { annotations, ...(world && { world }), ...(author === undefined ? {} : { author }) };
      const digest = await pushComponent(client, reference, bytes, { ...description, onProgress });
      const name = formatReference(reference);
      output.result(
        { reference: name, digest, bytes: bytes.length },
        `pushed ${name} (${formatBytes(bytes.length)})\n${digest}`,
      );
    });
  },
};

const pull: Command = {
  name: "oci pull",
  summary: "pull a component from an OCI registry into a file",
  details,
  positionals: [referenceArgument, { name: "FILE", help: "default: REPOSITORY.wasm here", optional: true }],
  options: registryOptions,
  examples: ["holdfast oci pull ghcr.io/team/hello:1.0.0", "holdfast oci pull localhost:5000/hello hello.wasm"],
  async run(context) {
    const [text = "", given] = context.positionals;
    const { output } = context;
    await withRegistry(context, text, async (client, reference) => {
      const onProgress = progressOf(output, `pulling ${formatReference(reference)}`);
      const { bytes, digest } = await pullComponent(client, reference, { onProgress });
      const path = resolve(given ?? `${reference.repository.split("/").at(-1)}.wasm`);
      await writeFile(path, bytes).catch((error: unknown) => {
        throw new CliError(`${path} cannot be written: ${messageOf(error)}`, { cause: error });
      });
      output.result(
        { reference: formatReference(reference), digest, path, bytes: bytes.length },
        `pulled ${path} (${formatBytes(bytes.length)})\n${digest}`,
      );
    });
  },
};

/** For those who choose by what a component imports. Undefined for one that only other hosts can run. */
function worldNames(bytes: Uint8Array, file: string) {
  try {
    return namesOf(worldOf(bytes, file));
  } catch (error) {
    if (error instanceof CliError && error.cause instanceof UnsupportedComponent) return undefined;
    throw error;
  }
}

export const ociCommands: readonly Command[] = [push, pull];

async function readComponent(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageError(`FILE: ${file} cannot be read: ${messageOf(error)}`);
  });
  checkComponent(bytes, file);
  return bytes;
}
