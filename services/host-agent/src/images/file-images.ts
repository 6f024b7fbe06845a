/** `file:///path`: only inside folders that the host allows, links resolved. */
import { digestOf } from "@holdfast/oci";
import { isInside } from "@holdfast/runtime";
import { readFile, realpath, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Images, PullFailed } from "./image.ts";

export function fileImages({ roots, maxBytes }: { roots: readonly string[]; maxBytes: number }): Images {
  return {
    async pull({ image }, signal) {
      const path = await realpath(pathOf(image)).catch(() => undefined);
      // the same answer for what is not there and what is elsewhere: nobody learns of other files by it
      if (path === undefined || !(await isInside(path, roots))) {
        throw new PullFailed(`${image}: no such file inside the folders of HOLDFAST_HOST_FILE_ROOTS`);
      }
      const { size } = await stat(path);
      if (size > maxBytes) throw new PullFailed(`${image}: ${size} bytes is more than HOLDFAST_HOST_IMAGE_BYTES`);
      const bytes = await readFile(path, { signal });
      return { bytes, digest: digestOf(bytes) };
    },
  };
}

function pathOf(image: string): string {
  try {
    return fileURLToPath(image);
  } catch (cause) {
    throw new PullFailed(`${image}: no file URL such as file:///srv/components/hello.wasm`, { cause });
  }
}
