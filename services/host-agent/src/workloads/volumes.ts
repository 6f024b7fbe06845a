/** Folders of one workload: emptyDir is made for it and removed with it; hostPath must be there, inside a folder that the host allows. */
import type { Volume } from "@holdfast/host-protocol";
import { isInside } from "@holdfast/runtime";
import { mkdir, mkdtemp, realpath, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { MountedVolume } from "./isolate.ts";
import { BadWorkload, type WantedComponent } from "./manifest.ts";

export type VolumeSettings = {
  /** Where emptyDir volumes are made. */
  readonly folder: string;
  /** Where hostPath volumes may lie. */
  readonly roots: readonly string[];
  /** What one emptyDir may hold. */
  readonly maxBytes: number;
};

export type Volumes = AsyncDisposable & {
  /** What one component sees. */
  mounts(component: Pick<WantedComponent, "name" | "resources">): MountedVolume[];
};

/** Makes and finds the folders. Throws `BadWorkload`. */
export async function openVolumes(
  volumes: readonly Volume[],
  { folder, roots, maxBytes }: VolumeSettings,
): Promise<Volumes> {
  const paths = new Map<string, Pick<MountedVolume, "hostPath" | "maxBytes">>();
  let own: string | undefined;
  const remove = async () => {
    if (own !== undefined) await rm(own, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    for (const { name, hostPath } of volumes) {
      if (hostPath === undefined) {
        own ??= await ownFolder(folder);
        const path = join(own, String(paths.size));
        await mkdir(path);
        paths.set(name, { hostPath: path, maxBytes });
      } else paths.set(name, { hostPath: await allowedPath(name, hostPath.localPath, roots), maxBytes: undefined });
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    mounts: ({ resources }) =>
      resources.volumeMounts.flatMap(({ name, mountPath: guestPath, readOnly }) => {
        const found = paths.get(name);
        return found === undefined ? [] : [{ ...found, guestPath, readOnly }];
      }),
    [Symbol.asyncDispose]: remove,
  };
}

async function ownFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return mkdtemp(join(folder, "workload-"));
}

async function allowedPath(name: string, localPath: string, roots: readonly string[]): Promise<string> {
  const path = await realpath(localPath).catch(() => undefined);
  const isAllowed = path !== undefined && (await isInside(path, roots)) && (await stat(path)).isDirectory();
  if (path !== undefined && isAllowed) return path;
  throw new BadWorkload(
    `volume ${JSON.stringify(name)}: ${localPath} is no folder inside those of HOLDFAST_HOST_VOLUME_ROOTS`,
  );
}
