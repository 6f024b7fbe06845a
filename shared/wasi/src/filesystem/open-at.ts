import { closeSync, constants, fstatSync, lstatSync, openSync } from "node:fs";
import { resolve } from "./directory-walk.ts";
import { fsError, io } from "./error-code.ts";
import { setSize } from "./file-io.ts";
import type { OpenFile } from "./open-file.ts";
import type { OpenFiles } from "./open-files.ts";

/** `open-flags`. */
export interface OpenFlags {
  create?: boolean;
  directory?: boolean;
  exclusive?: boolean;
  truncate?: boolean;
}

/** `descriptor-flags`. */
export interface DescriptorFlags {
  read?: boolean;
  write?: boolean;
  fileIntegritySync?: boolean;
  dataIntegritySync?: boolean;
  requestedWriteSync?: boolean;
  mutateDirectory?: boolean;
}

export interface OpenRequest {
  path: string;
  follow: boolean;
  open: OpenFlags;
  flags: DescriptorFlags;
}

// never a link's target, a terminal, or the other end of a fifo
const always = constants.O_NOFOLLOW | constants.O_NOCTTY | constants.O_NONBLOCK;

function accessOf({ read, write }: DescriptorFlags): number {
  if (write !== true) return constants.O_RDONLY;
  return read === true ? constants.O_RDWR : constants.O_WRONLY;
}

const syncOf = ({ fileIntegritySync, dataIntegritySync }: DescriptorFlags): number =>
  (fileIntegritySync === true ? constants.O_SYNC : 0) | (dataIntegritySync === true ? constants.O_DSYNC : 0);

const creationOf = ({ create, exclusive }: OpenFlags): number =>
  (create === true ? constants.O_CREAT : 0) | (create === true && exclusive === true ? constants.O_EXCL : 0);

/** Opens a file or directory below a directory; what is neither is refused. */
export function openAt(base: OpenFile, request: OpenRequest, files: OpenFiles): OpenFile {
  const { open, flags } = request;
  if (open.create === true && open.directory === true) throw fsError("invalid");
  files.checkRoom();
  // with `exclusive` a link is an entry that exists, wherever it leads
  using place = io(() => resolve(base, request.path, request.follow && open.exclusive !== true));
  if (open.create === true && place.asDirectory) throw fsError("is-directory");
  const asDirectory = open.directory === true || place.asDirectory;
  const mode = accessOf(flags) | syncOf(flags) | creationOf(open) | (asDirectory ? constants.O_DIRECTORY : 0) | always;
  const file = opened(base, place.path, mode, files);
  if (open.truncate === true) truncate(file);
  return file;
}

function opened(base: OpenFile, path: string, mode: number, files: OpenFiles): OpenFile {
  const fd = io(() => openCounted(base, path, mode));
  const stats = fstatSync(fd);
  if (stats.isFile() || stats.isDirectory()) return files.file(fd, path, base.volume);
  closeSync(fd);
  throw fsError("unsupported");
}

function openCounted({ volume }: OpenFile, path: string, mode: number): number {
  const mayCreate = (mode & constants.O_CREAT) !== 0 && volume.isLimited;
  if (!mayCreate || lstatSync(path, { throwIfNoEntry: false }) !== undefined) return openSync(path, mode, 0o666);
  let fd = -1;
  volume.addEntry(() => (fd = openSync(path, mode, 0o666)));
  return fd;
}

// by ourselves, not by O_TRUNC: counted, and nothing but a regular file is cut
function truncate(file: OpenFile): void {
  try {
    setSize(file, 0);
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}
