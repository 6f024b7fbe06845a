/** A component by what people call it: a file, a project's folder, `oci://...`, `s3://bucket/key`. */
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { objectMetadata, type StoredObject } from "@holdfast/contracts";
import { readObject } from "@holdfast/object-layout";
import { client } from "@holdfast/micro";
import { pullComponent } from "@holdfast/oci";
import type { CommandContext, Option } from "../command.ts";
import { CliError, messageOf, UsageError } from "../errors.ts";
import { explain } from "../mesh-call.ts";
import { connectToMesh } from "../mesh-connection.ts";
import { progressOf } from "../progress.ts";
import { checkComponent } from "../project/component-file.ts";
import { readProject } from "../project/project-file.ts";
import { registryOptions, withRegistry } from "../registry.ts";

export const componentArgument = {
  name: "COMPONENT",
  help: "a file, a project's folder, oci://REFERENCE or s3://BUCKET/KEY",
};
/** Those of registries, for a component that comes from one. */
export const componentOptions: Readonly<Record<string, Option>> = registryOptions;

const maxBytes = 256 * 2 ** 20;

/** Its bytes. Throws CliError when it cannot be had, or is no component. */
export async function readComponent(context: CommandContext, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await fetchBytes(context, name);
  checkComponent(bytes, name);
  return bytes;
}

async function fetchBytes(context: CommandContext, name: string): Promise<Uint8Array<ArrayBuffer>> {
  if (name.startsWith("s3://")) return fromBucket(context, name);
  if (!name.startsWith("oci://")) return fromFile(name.startsWith("file://") ? fileURLToPath(name) : name);
  const onProgress = progressOf(context.output, `pulling ${name}`);
  return withRegistry(context, name, async (registry, reference) => {
    const { bytes } = await pullComponent(registry, reference, { onProgress });
    return bytes;
  });
}

async function fromFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return await readFile((await readProject(path)).componentPath);
    if (found.size > maxBytes) throw new Error("it has more than 256 MiB");
    return await readFile(path);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new UsageError(`COMPONENT: ${path} cannot be read: ${messageOf(error)}`);
  }
}

/** Straight from the mesh's own store, as its operator. */
async function fromBucket(context: CommandContext, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(name) ?? [];
  if (bucket === undefined || key === undefined) throw new UsageError(`COMPONENT: "${name}" is not s3://BUCKET/KEY`);
  await using nc = await connectToMesh(context);
  const pieces: Uint8Array[] = [];
  try {
    const { object } = await client(nc, objectMetadata).ResolveObject({ bucket, key });
    refuseLarge(object, name);
    for await (const piece of readObject(nc, object, { bucket })) pieces.push(piece);
  } catch (error) {
    throw explain(error, "object-metadata");
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function refuseLarge({ size }: StoredObject, name: string): void {
  if (size > maxBytes) throw new CliError(`${name} has more than 256 MiB: it cannot be a component that hosts take`);
}
