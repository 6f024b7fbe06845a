/**
 * Strings in their three encodings.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#loading
 */
import { Trap } from "../errors.ts";
import { type Codec, flatNumber, wrongType } from "./codec.ts";
import type { GuestContext, GuestRange } from "./guest-context.ts";

const maxStringBytes = 2 ** 31 - 1;
/** In `latin1+utf16`, the bit of the length that says UTF-16. */
const utf16Tag = 0x8000_0000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Shorter ASCII strings are faster written and read byte by byte than by a call out of JavaScript. */
const shortString = 32;

function loadString(guest: GuestContext, at: number, length: number): string {
  switch (guest.encoding) {
    case "utf8":
      return loadUtf8(guest, at, length);
    case "utf16":
      return loadUtf16(guest, at, length);
    default:
      return length >= utf16Tag ? loadUtf16(guest, at, length - utf16Tag) : loadLatin1(guest, at, length);
  }
}

function loadUtf8(guest: GuestContext, at: number, length: number): string {
  checkString(guest, at, length, 1);
  const { bytes } = guest;
  if (isAscii(bytes, at, length)) return bytes.toString("latin1", at, at + length);
  try {
    return utf8.decode(bytes.subarray(at, at + length));
  } catch (cause) {
    throw new Trap("a string is not valid UTF-8", { cause });
  }
}

function isAscii(bytes: Uint8Array, at: number, length: number): boolean {
  if (length > shortString) return false;
  let seen = 0;
  for (let index = at; index < at + length; index += 1) seen |= bytes[index] ?? 0;
  return seen < 0x80;
}

function loadUtf16(guest: GuestContext, at: number, units: number): string {
  checkString(guest, at, units * 2, 2);
  const value = guest.bytes.toString("utf16le", at, at + units * 2);
  if (!value.isWellFormed()) throw new Trap("a string is not valid UTF-16");
  return value;
}

function loadLatin1(guest: GuestContext, at: number, length: number): string {
  checkString(guest, at, length, 2);
  return guest.bytes.toString("latin1", at, at + length);
}

function checkString(guest: GuestContext, at: number, bytes: number, align: number): void {
  if (bytes > maxStringBytes) throw new Trap(`a string of ${bytes} bytes is too long`);
  guest.checkRange(at, bytes, align);
  guest.state.spend(bytes);
}

/** Writes the string into room that the guest makes; the answer is valid until the next store. */
function storeString(guest: GuestContext, value: unknown): GuestRange {
  if (typeof value !== "string") wrongType("a string", value);
  switch (guest.encoding) {
    case "utf8":
      return storeUtf8(guest, value);
    case "utf16":
      return storeUtf16(guest, value.toWellFormed(), 0);
    default:
      return storeLatin1OrUtf16(guest, value.toWellFormed());
  }
}

function storeUtf8(guest: GuestContext, value: string): GuestRange {
  if (value.length <= shortString && isAsciiString(value)) return storeAscii(guest, value);
  const length = checkLength(Buffer.byteLength(value));
  const at = guest.allocate(length, 1);
  // a lone surrogate becomes U+FFFD, in the byte length too
  guest.bytes.write(value, at, length, "utf8");
  return stored(guest, at, length);
}

function isAsciiString(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) if (value.charCodeAt(index) > 0x7f) return false;
  return true;
}

function storeAscii(guest: GuestContext, value: string): GuestRange {
  const at = guest.allocate(value.length, 1);
  const { bytes } = guest;
  for (let index = 0; index < value.length; index += 1) bytes[at + index] = value.charCodeAt(index);
  return stored(guest, at, value.length);
}

function storeUtf16(guest: GuestContext, value: string, tag: number): GuestRange {
  const length = checkLength(value.length * 2);
  const at = guest.allocate(length, 2);
  guest.bytes.write(value, at, length, "utf16le");
  return stored(guest, at, value.length + tag);
}

function storeLatin1OrUtf16(guest: GuestContext, value: string): GuestRange {
  for (let index = 0; index < value.length; index += 1) {
    if (value.charCodeAt(index) > 0xff) return storeUtf16(guest, value, utf16Tag);
  }
  const at = guest.allocate(checkLength(value.length), 2);
  guest.bytes.write(value, at, value.length, "latin1");
  return stored(guest, at, value.length);
}

function checkLength(bytes: number): number {
  if (bytes > maxStringBytes) throw new TypeError(`a string of ${bytes} bytes is too long for a component`);
  return bytes;
}

function stored(guest: GuestContext, at: number, length: number): GuestRange {
  guest.stored.at = at;
  guest.stored.length = length;
  return guest.stored;
}

export const stringCodec: Codec = {
  load: (guest, at) => {
    const { view } = guest;
    return loadString(guest, view.getUint32(at, true), view.getUint32(at + 4, true));
  },
  store: (guest, at, value) => {
    const range = storeString(guest, value);
    guest.view.setUint32(at, range.at, true);
    guest.view.setUint32(at + 4, range.length, true);
  },
  liftFlat: (guest, flat, at) => loadString(guest, flatNumber(flat, at) >>> 0, flatNumber(flat, at + 1) >>> 0),
  lowerFlat: (guest, value, flat) => {
    const range = storeString(guest, value);
    flat.push(range.at, range.length);
  },
};
