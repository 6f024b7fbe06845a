/**
 * CRC-32C (Castagnoli) and CRC-64/NVME, streaming. CRC-32 is Node's own `zlib.crc32`.
 *
 * Both are reflected, start with all ones and are inverted at the end
 * (https://reveng.sourceforge.io/crc-catalogue/all.htm: CRC-32/ISCSI, CRC-64/NVME).
 */
import { instantiateCrc, sliceBytes, tableBytes } from "./crc-wasm.ts";

/** A reflected CRC: `width` bits, its polynomial with the bits reversed. */
export type CrcParameters = { readonly width: 32 | 64; readonly polynomial: bigint };

export const crc32Parameters: CrcParameters = { width: 32, polynomial: 0xedb88320n };
export const crc32cParameters: CrcParameters = { width: 32, polynomial: 0x82f63b78n };
export const crc64NvmeParameters: CrcParameters = { width: 64, polynomial: 0x9a6c9329ac4bc9b5n };

const pageBytes = 65_536;
/** Half of a 32 KiB first-level cache; the tables want the rest. */
const stagingBytes = 16_384;

type Engine = { readonly tables: number; readonly byteTable: BigUint64Array };
const shared = instantiateCrc(Math.ceil((2 * tableBytes + stagingBytes) / pageBytes));
const staging = new Uint8Array(shared.memory, 2 * tableBytes, stagingBytes);
const engines = new Map<CrcParameters, Engine>([
  [crc32cParameters, makeEngine(crc32cParameters, 0)],
  [crc64NvmeParameters, makeEngine(crc64NvmeParameters, tableBytes)],
]);

/** Fills the 16 tables of a polynomial: table k advances a byte over k further zero bytes. */
function makeEngine({ polynomial }: CrcParameters, tables: number): Engine {
  const entries = new BigUint64Array(shared.memory, tables, sliceBytes * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    entries[byte] = crc;
  }
  for (let at = 256; at < entries.length; at += 1) {
    const earlier = entries[at - 256] ?? 0n;
    entries[at] = (earlier >> 8n) ^ (entries[Number(earlier & 0xffn)] ?? 0n);
  }
  return { tables, byteTable: entries.subarray(0, 256) };
}

/** A running CRC over the bytes given to `update`, in order. */
export class Crc {
  readonly #engine: Engine;
  readonly #mask: bigint;
  readonly #width: 32 | 64;
  #register: bigint;

  /** Only the two parameter sets of this file but `crc32Parameters` have tables. */
  constructor(parameters: CrcParameters) {
    const engine = engines.get(parameters);
    if (engine === undefined) throw new TypeError("no tables for this CRC");
    this.#engine = engine;
    this.#width = parameters.width;
    this.#mask = (1n << BigInt(parameters.width)) - 1n;
    this.#register = this.#mask;
  }

  update(bytes: Uint8Array): void {
    const whole = bytes.length - (bytes.length % sliceBytes);
    for (let at = 0; at < whole; at += stagingBytes) {
      const length = Math.min(stagingBytes, whole - at);
      // The memory is shared by every Crc of the process: safe, since nothing runs between the copy and the call.
      staging.set(bytes.subarray(at, at + length));
      const start = staging.byteOffset;
      // A wasm i64 comes back signed.
      this.#register = BigInt.asUintN(64, shared.update(this.#register, start, start + length, this.#engine.tables));
    }
    for (let at = whole; at < bytes.length; at += 1) this.#step(bytes[at] ?? 0);
  }

  #step(byte: number): void {
    const index = Number((this.#register ^ BigInt(byte)) & 0xffn);
    this.#register = (this.#register >> 8n) ^ (this.#engine.byteTable[index] ?? 0n);
  }

  /** The CRC of all bytes so far, as an unsigned number of the CRC's width. */
  value(): bigint {
    return this.#register ^ this.#mask;
  }

  /** The CRC of all bytes so far, big-endian, as S3 sends it. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(this.value());
    return bytes.subarray(8 - this.#width / 8);
  }
}
