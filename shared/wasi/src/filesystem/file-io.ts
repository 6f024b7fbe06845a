import { fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";
import { ComponentError } from "@holdfast/component-host";
import type { ByteSink, ByteSource } from "../io/byte-stream.ts";
import { streamClosed, streamFailed } from "../io/stream-error.ts";
import { FilesystemIoError, fsError, io } from "./error-code.ts";
import type { ErrorCode } from "./error-code.ts";
import type { OpenFile } from "./open-file.ts";

/** One call moves at most so much. */
const maxIoBytes = 1024 * 1024;
const writeRoom = 256 * 1024;

/** Offsets beyond this are in no file that the host could have. */
const maxOffset = BigInt(Number.MAX_SAFE_INTEGER) - BigInt(maxIoBytes);

export function checkedOffset(offset: bigint): number {
  if (offset > maxOffset) throw fsError("overflow");
  return Number(offset);
}

export function readAt(file: OpenFile, length: bigint, offset: number): Uint8Array {
  const buffer = new Uint8Array(length < BigInt(maxIoBytes) ? Number(length) : maxIoBytes);
  return buffer.subarray(
    0,
    io(() => readSync(file.fd, buffer, 0, buffer.length, offset)),
  );
}

/** Writes all of it. */
export function writeAt(file: OpenFile, bytes: Uint8Array, offset: number): void {
  mayBecome(file, offset + bytes.length);
  io(() => {
    for (let written = 0; written < bytes.length;) {
      written += writeSync(file.fd, bytes, written, bytes.length - written, offset + written);
    }
  });
}

export function setSize(file: OpenFile, size: number): void {
  const before = mayBecome(file, size);
  io(() => ftruncateSync(file.fd, size));
  if (before > size) file.volume.release(before - size);
}

/** Holds a file's growth to the limits and counts it; the answer is its size until now, 0 where nothing is counted. */
function mayBecome(file: OpenFile, size: number): number {
  const { volume } = file;
  if (size > volume.maxFileBytes) throw fsError("file-too-large");
  if (!volume.isLimited) return 0;
  const before = io(() => fstatSync(file.fd).size);
  if (size > before) volume.reserve(size - before);
  return before;
}

/** Reads from `offset` on. Files never make anybody wait: the calls are synchronous, in the workload's own thread. */
export function fileSource(file: OpenFile, offset: number): ByteSource {
  let position = offset;
  return {
    read: (max) => {
      const bytes = asStream(() => readAt(file, BigInt(max), position));
      if (bytes.length === 0 && max > 0) throw streamClosed;
      position += bytes.length;
      return bytes;
    },
    isReadable: () => true,
    onReadable: () => () => undefined,
  };
}

/** Writes from `offset` on, or always at the end. */
export function fileSink(file: OpenFile, offset: number | "end"): ByteSink {
  let position = offset;
  return {
    room: () => writeRoom,
    write: (bytes) =>
      asStream(() => {
        const at = position === "end" ? io(() => fstatSync(file.fd).size) : position;
        writeAt(file, bytes, at);
        if (position !== "end") position = at + bytes.length;
      }),
    isWritable: () => true,
    onWritable: () => () => undefined,
  };
}

/** A stream's error carries the filesystem's code, which the guest asks for by `filesystem-error-code`. */
function asStream<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof ComponentError)) throw error;
    throw streamFailed(new FilesystemIoError(error.payload as ErrorCode));
  }
}
