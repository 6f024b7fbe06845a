import {
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  opendirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import type { BigIntStats } from "node:fs";
import { InputStream } from "../io/input-stream.ts";
import { OutputStream } from "../io/output-stream.ts";
import { DirectoryEntryStream } from "./directory-entry-stream.ts";
import { childOf, resolve } from "./directory-walk.ts";
import type { Place } from "./directory-walk.ts";
import { fsError, io } from "./error-code.ts";
import { checkedOffset, fileSink, fileSource, readAt, setSize, writeAt } from "./file-io.ts";
import { openAt } from "./open-at.ts";
import type { DescriptorFlags, OpenFlags } from "./open-at.ts";
import type { OpenFile } from "./open-file.ts";
import type { OpenFiles } from "./open-files.ts";
import { metadataHash, toDescriptorStat, toSeconds, typeOf } from "./stat.ts";
import type { DescriptorStat, DescriptorType, NewTimestamp } from "./stat.ts";

/** `path-flags`. */
export interface PathFlags {
  symlinkFollow?: boolean;
}

const asBigInt = { bigint: true } as const;

/** `wasi:filesystem/types.descriptor`: an open file, or an open directory that paths begin from. */
export class Descriptor {
  readonly #file: OpenFile;
  readonly #flags: DescriptorFlags;
  readonly #files: OpenFiles;
  readonly #type: DescriptorType;
  /** not mounted read-only */
  readonly #mayChange: boolean;

  constructor(file: OpenFile, flags: DescriptorFlags, mayChange: boolean, files: OpenFiles) {
    this.#file = file;
    this.#type = typeOf(fstatSync(file.fd, asBigInt));
    // what may be changed below a directory is the mount's affair, not what it was opened for: as wasmtime has it
    this.#flags = this.#type === "directory" ? { read: true, mutateDirectory: mayChange } : flags;
    this.#mayChange = mayChange;
    this.#files = files;
  }

  // files

  readViaStream(offset: bigint): InputStream {
    const file = this.#readable();
    const source = fileSource(file, checkedOffset(offset));
    return new InputStream(source, lease(file));
  }

  writeViaStream(offset: bigint): OutputStream {
    const file = this.#writable();
    const sink = fileSink(file, checkedOffset(offset));
    return new OutputStream(sink, lease(file));
  }

  appendViaStream(): OutputStream {
    const file = this.#writable();
    return new OutputStream(fileSink(file, "end"), lease(file));
  }

  /** Advice may be ignored. */
  advise(): void {
    this.#regularFile();
  }

  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    const bytes = readAt(this.#readable(), length, checkedOffset(offset));
    return [bytes, bytes.length === 0 && length > 0n];
  }

  write(bytes: Uint8Array, offset: bigint): bigint {
    writeAt(this.#writable(), bytes, checkedOffset(offset));
    return BigInt(bytes.length);
  }

  setSize(size: bigint): void {
    setSize(this.#writable(), checkedOffset(size));
  }

  // either

  syncData(): void {
    io(() => fdatasyncSync(this.#file.fd));
  }

  sync(): void {
    io(() => fsyncSync(this.#file.fd));
  }

  getFlags(): DescriptorFlags {
    return this.#flags;
  }

  getType(): DescriptorType {
    return this.#type;
  }

  stat(): DescriptorStat {
    return toDescriptorStat(this.#stats());
  }

  setTimes(access: NewTimestamp, modification: NewTimestamp): void {
    if (!this.#mayChange) throw fsError("read-only");
    const { atimeNs, mtimeNs } = this.#stats();
    io(() => futimesSync(this.#file.fd, toSeconds(access, atimeNs), toSeconds(modification, mtimeNs)));
  }

  isSameObject(other: Descriptor): boolean {
    const [a, b] = [this.#stats(), other.#stats()];
    return a.dev === b.dev && a.ino === b.ino;
  }

  metadataHash(): { lower: bigint; upper: bigint } {
    return metadataHash(this.#stats());
  }

  // directories

  readDirectory(): DirectoryEntryStream {
    const directory = this.#directory();
    this.#files.checkRoom();
    return new DirectoryEntryStream(
      io(() => opendirSync(childOf(directory, "."))),
      this.#files,
    );
  }

  openAt(pathFlags: PathFlags, path: string, open: OpenFlags, flags: DescriptorFlags): Descriptor {
    const base = this.#directory();
    const changes = flags.write === true || flags.mutateDirectory === true || open.create === true;
    if (changes || open.truncate === true) this.#mutable();
    const follow = pathFlags.symlinkFollow === true;
    const wanted = open.truncate === true ? { ...flags, write: true } : flags;
    const file = openAt(base, { path, follow, open, flags: wanted }, this.#files);
    return new Descriptor(file, flags, this.#mayChange, this.#files);
  }

  statAt(pathFlags: PathFlags, path: string): DescriptorStat {
    return toDescriptorStat(this.#statsAt(pathFlags, path));
  }

  metadataHashAt(pathFlags: PathFlags, path: string): { lower: bigint; upper: bigint } {
    return metadataHash(this.#statsAt(pathFlags, path));
  }

  setTimesAt(pathFlags: PathFlags, path: string, access: NewTimestamp, modification: NewTimestamp): void {
    using place = this.#place(this.#mutable(), path, pathFlags.symlinkFollow);
    const { atimeNs, mtimeNs } = io(() => lstatSync(place.path, asBigInt));
    io(() => lutimesSync(place.path, toSeconds(access, atimeNs), toSeconds(modification, mtimeNs)));
  }

  createDirectoryAt(path: string): void {
    const base = this.#mutable();
    using place = this.#place(base, path);
    io(() => base.volume.addEntry(() => mkdirSync(place.path)));
  }

  removeDirectoryAt(path: string): void {
    const base = this.#mutable();
    using place = this.#place(base, path);
    io(() => base.volume.removeEntry(place.path, () => rmdirSync(place.path)));
  }

  unlinkFileAt(path: string): void {
    const base = this.#mutable();
    using place = this.#place(base, path);
    if (place.asDirectory) throw fsError("not-directory");
    io(() => base.volume.removeEntry(place.path, () => unlinkSync(place.path)));
  }

  linkAt(oldPathFlags: PathFlags, oldPath: string, newDescriptor: Descriptor, newPath: string): void {
    const [base, newBase] = this.#sameVolume(newDescriptor);
    using from = this.#place(base, oldPath, oldPathFlags.symlinkFollow);
    using to = this.#place(newBase, newPath);
    if (from.asDirectory || to.asDirectory) throw fsError("not-directory");
    io(() => newBase.volume.addEntry(() => linkSync(from.path, to.path)));
  }

  renameAt(oldPath: string, newDescriptor: Descriptor, newPath: string): void {
    const [base, newBase] = this.#sameVolume(newDescriptor);
    using from = this.#place(base, oldPath);
    using to = this.#place(newBase, newPath);
    io(() => newBase.volume.replaceEntry(from.path, to.path, () => renameSync(from.path, to.path)));
  }

  symlinkAt(target: string, newPath: string): void {
    const base = this.#mutable();
    if (target.startsWith("/")) throw fsError("not-permitted");
    if (target.includes("\0")) throw fsError("invalid");
    using place = this.#place(base, newPath);
    io(() => base.volume.addEntry(() => symlinkSync(target, place.path)));
  }

  readlinkAt(path: string): string {
    using place = this.#place(this.#directory(), path);
    const target = io(() => readlinkSync(place.path));
    // would tell how the host's folders are named
    if (target.startsWith("/")) throw fsError("not-permitted");
    return target;
  }

  [Symbol.dispose](): void {
    this.#file.release();
  }

  #stats(): BigIntStats {
    return io(() => fstatSync(this.#file.fd, asBigInt));
  }

  #statsAt({ symlinkFollow }: PathFlags, path: string): BigIntStats {
    using place = this.#place(this.#directory(), path, symlinkFollow);
    const stats = io(() => lstatSync(place.path, asBigInt));
    if (place.asDirectory && !stats.isDirectory()) throw fsError("not-directory");
    return stats;
  }

  #place(base: OpenFile, path: string, follow = false): Place {
    return io(() => resolve(base, path, follow));
  }

  #regularFile(): OpenFile {
    if (this.#type !== "regular-file") throw fsError("bad-descriptor");
    return this.#file;
  }

  #readable(): OpenFile {
    if (this.#flags.read !== true) throw fsError("bad-descriptor");
    return this.#regularFile();
  }

  #writable(): OpenFile {
    if (this.#flags.write !== true) throw fsError("bad-descriptor");
    return this.#regularFile();
  }

  #directory(): OpenFile {
    if (this.#type !== "directory") throw fsError("not-directory");
    return this.#file;
  }

  /** A directory below which entries may be made, changed and removed. */
  #mutable(): OpenFile {
    const directory = this.#directory();
    if (!this.#mayChange) throw fsError("read-only");
    return directory;
  }

  /** Entries move within a volume only: neither out of a read-only one nor past the limits of another. */
  #sameVolume(other: Descriptor): [OpenFile, OpenFile] {
    const [base, otherBase] = [this.#mutable(), other.#mutable()];
    if (base.volume !== otherBase.volume) throw fsError("cross-device");
    return [base, otherBase];
  }
}

/** A stream keeps its file open, also when the descriptor it came from is dropped first. */
function lease(file: OpenFile): () => void {
  file.retain();
  return () => file.release();
}
