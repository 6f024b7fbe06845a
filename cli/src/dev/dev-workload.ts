/** What `holdfast dev` starts: a project's components, given whatever their binaries ask for, in memory. */
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Workload } from "@holdfast/host-protocol";
import type { z } from "zod";
import type { World } from "../component/world.ts";
import type { Project } from "../project/project-file.ts";

/** The project's own component comes first. */
export type DevComponent = { readonly name: string; readonly path: string; readonly world: World };

/** Every component has these; they are never declared. */
const core = new Set(["wasi:io", "wasi:clocks", "wasi:random", "wasi:cli", "wasi:filesystem", "wasi:sockets"]);

/** The workload for the host protocol. A component that exports wasi:cli/run, and nothing that is called, is the service. */
export function devWorkload(
  project: Project,
  name: string,
  components: readonly DevComponent[],
): z.input<typeof Workload> {
  const mounts = project.dev.volumes.map((volume, i) => ({ name: `volume-${i}`, mountPath: volume.guest_path }));
  const volumes = project.dev.volumes.map((volume, i) => ({
    name: `volume-${i}`,
    hostPath: { localPath: absolute(project, volume.host_path) },
  }));
  const described = ({ name: component, path }: DevComponent) => ({
    name: component,
    image: pathToFileURL(path).href,
    imagePullPolicy: "IMAGE_PULL_POLICY_ALWAYS" as const,
    localResources: { volumeMounts: mounts },
  });
  const service = components.find(({ world }) => isService(world));
  return {
    namespace: "dev",
    name,
    volumes,
    ...(service === undefined ? {} : { service: { ...described(service), maxRestarts: "1000" } }),
    witWorld: {
      components: components.filter((each) => each !== service).map(described),
      hostInterfaces: hostInterfaces(
        name,
        components.map(({ world }) => world),
      ),
    },
  };
}

/** Absolute, from the project's folder. */
export const absolute = ({ folder }: Project, path: string): string =>
  isAbsolute(path) ? path : resolve(folder, path);

function isService({ exports }: World): boolean {
  const paths = exports.map(({ name }) => name.replace(/@.*/, ""));
  return paths.includes("wasi:cli/run") && !paths.some((path) => path.endsWith("handler"));
}

/** One entry per package that a component imports from the host, or is called by. */
function hostInterfaces(name: string, worlds: readonly World[]) {
  const offered = new Set(worlds.flatMap(({ exports }) => exports.map((item) => item.name)));
  const wanted = worlds.flatMap(({ imports }) => imports.filter((item) => !offered.has(item.name)));
  const called = worlds.flatMap(({ exports }) => exports.filter((item) => /handler(@|$)/.test(item.name)));
  const packages = new Map<string, { namespace: string; package: string; version: string; interfaces: Set<string> }>();
  for (const item of [...wanted, ...called]) {
    const [, namespace, pack, member, version = ""] = /^([\w-]+):([\w-]+)\/([\w-]+)(?:@(.+))?$/.exec(item.name) ?? [];
    if (namespace === undefined || pack === undefined || member === undefined) continue;
    const key = `${namespace}:${pack}`;
    if (core.has(key)) continue;
    // of wasi:http any 0.2 version will do
    const entry = packages.get(key) ?? {
      namespace,
      package: pack,
      version: key === "wasi:http" ? "" : version,
      interfaces: new Set(),
    };
    entry.interfaces.add(member);
    packages.set(key, entry);
  }
  return [...packages].map(([key, entry]) => ({
    ...entry,
    interfaces: [...entry.interfaces],
    config: configOf(key, name),
  }));
}

function configOf(key: string, name: string): Record<string, string> {
  if (key === "wasi:keyvalue" || key === "wasi:blobstore") return { backend: "memory" };
  return key === "wasmcloud:messaging" ? { backend: "memory", subscriptions: `${name}.>` } : {};
}
