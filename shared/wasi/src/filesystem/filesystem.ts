import { Descriptor } from "./descriptor.ts";
import { DirectoryEntryStream } from "./directory-entry-stream.ts";
import { filesystemErrorCode } from "./error-code.ts";
import { OpenFiles } from "./open-files.ts";
import type { Volume } from "./volume.ts";

export interface Mount {
  volume: Volume;
  /** the guest's name of it: `/data` */
  path: string;
  /** default false */
  readOnly?: boolean;
}

export interface FilesystemOptions {
  mounts: readonly Mount[];
  /** files and directories open at once; default 256 */
  maxOpen?: number;
}

const defaultOpen = 256;

/** `wasi:filesystem` of one instance: the volumes that were mounted, and nothing above them. */
export function createFilesystem({ mounts, maxOpen = defaultOpen }: FilesystemOptions = { mounts: [] }) {
  const files = new OpenFiles(maxOpen);
  const preopened = ({ volume, path, readOnly = false }: Mount): [Descriptor, string] => [
    new Descriptor(volume.root.retain(), {}, !readOnly, files),
    path,
  ];
  return {
    reset: () => files.reset(),
    preopens: { getDirectories: () => mounts.map(preopened) },
    types: { Descriptor, DirectoryEntryStream, filesystemErrorCode },
  };
}
