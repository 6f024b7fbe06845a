/**
 * Finds out whether a core module can change state that a snapshot does not hold: the elements of its tables, whether
 * its passive segments were dropped, objects of the garbage collector.
 */
import { CoreReader, coreSections } from "./core-reader.ts";
import { isReference, skipConstantExpression, skipValueType } from "./skip.ts";

const codeSection = 10;

/** What the code of a module can do to its state. */
export interface StateChanges {
  /** Putting back memories and globals puts back everything. */
  readonly areVisible: boolean;
  /** Some memory may grow. Only told where all changes are visible. */
  readonly growMemory: boolean;
}

/** Reads each instruction once, up to the first that changes hidden state. */
export function stateChanges(bytes: Uint8Array): StateChanges {
  let growMemory = false;
  for (const { id, start, end } of coreSections(bytes)) {
    const reader = new CoreReader(bytes, start, end);
    if (id === globalSection && declaresUnreadable(reader)) return { areVisible: false, growMemory };
    if (id !== codeSection) continue;
    const code = readCode(reader);
    if (!code.areVisible) return code;
    growMemory ||= code.growMemory;
  }
  return { areVisible: true, growMemory };
}

const globalSection = 6;

/** Whether JavaScript can not read some global: one of a vector or an exception. */
function declaresUnreadable(reader: CoreReader): boolean {
  const count = reader.u32();
  for (let index = 0; index < count; index += 1) {
    if (!isReadable(reader)) return true;
    // mutability
    reader.byte();
    skipConstantExpression(reader);
  }
  return false;
}

const funcref = 0x70;
const externref = 0x6f;

/** Reads a global's type. */
function isReadable(reader: CoreReader): boolean {
  const type = reader.byte();
  if (!isReference(type)) return type >= 0x7c || type === funcref || type === externref;
  const heapType = reader.bytes[reader.at] ?? 0;
  reader.skipLeb();
  // a negative number of one byte is an abstract type; others are types of the module: functions, and what takes instructions
  // that are not let pass here
  return heapType < 0x40 || heapType >= 0x80 || heapType === funcref || heapType === externref;
}

function readCode(reader: CoreReader): StateChanges {
  const count = reader.u32();
  const found = { growMemory: false };
  for (let index = 0; index < count; index += 1) {
    const end = reader.u32() + reader.at;
    skipLocals(reader);
    if (!readInstructions(reader, end, found)) return { areVisible: false, ...found };
  }
  return { areVisible: true, ...found };
}

function skipLocals(reader: CoreReader): void {
  const groups = reader.u32();
  for (let index = 0; index < groups; index += 1) {
    reader.u32();
    skipValueType(reader);
  }
}

/** What follows an opcode: up to two integers, or something else. */
const immediates = {
  none: 0,
  leb: 1,
  twoLebs: 2,
  memarg: 3,
  fourBytes: 4,
  eightBytes: 5,
  blockType: 6,
  special: 7,
  memoryGrow: 8,
  hidden: 9,
};

function classify(opcode: number): number {
  if (opcode >= 0x45 && opcode <= 0xc4) return immediates.none;
  if (opcode >= 0x28 && opcode <= 0x3e) return immediates.memarg;
  if (opcode >= 0x20 && opcode <= 0x25) return immediates.leb;
  return others.get(opcode) ?? immediates.hidden;
}

const others: ReadonlyMap<number, number> = new Map<number, number>([
  ...[0x00, 0x01, 0x05, 0x0a, 0x0b, 0x0f, 0x19, 0x1a, 0x1b, 0xd1, 0xd3, 0xd4].map(entry(immediates.none)),
  ...[0x02, 0x03, 0x04, 0x06].map(entry(immediates.blockType)),
  ...[0x07, 0x08, 0x09, 0x0c, 0x0d, 0x10, 0x12, 0x14, 0x15, 0x18].map(entry(immediates.leb)),
  ...[0x3f, 0x41, 0x42, 0xd0, 0xd2, 0xd5, 0xd6].map(entry(immediates.leb)),
  ...[0x11, 0x13].map(entry(immediates.twoLebs)),
  [0x40, immediates.memoryGrow],
  [0x43, immediates.fourBytes],
  [0x44, immediates.eightBytes],
  ...[0x0e, 0x1c, 0x1f, 0xfc, 0xfd, 0xfe].map(entry(immediates.special)),
]);

function entry(follows: number): (opcode: number) => [number, number] {
  return (opcode) => [opcode, follows];
}

const immediatesOf = Uint8Array.from({ length: 256 }, (_, opcode) => classify(opcode));

/**
 * Reads one function's body: false at an instruction that changes hidden state, and at one that is not known. The one loop here that
 * is written for speed: it sees every byte of a component's code at each cold start. V8 refuses what does not end where it should.
 */
function readInstructions(reader: CoreReader, end: number, found: { growMemory: boolean }): boolean {
  const { bytes } = reader;
  let at = reader.at;
  while (at < end) {
    const opcode = bytes[at] ?? 0;
    at += 1;
    const follows = immediatesOf[opcode] ?? immediates.hidden;
    let lebs = follows <= immediates.twoLebs ? follows : 0;
    if (follows > immediates.twoLebs) {
      switch (follows) {
        case immediates.memarg:
          // bit 6 of the alignment says that the index of a memory follows
          lebs = ((bytes[at] ?? 0) & 0x40) === 0 ? 2 : 3;
          break;
        case immediates.blockType:
          lebs = 1;
          if (isReference(bytes[at])) at += 1;
          break;
        case immediates.fourBytes:
          at += 4;
          break;
        case immediates.eightBytes:
          at += 8;
          break;
        case immediates.memoryGrow:
          lebs = 1;
          found.growMemory = true;
          break;
        case immediates.special:
          reader.at = at;
          if (!skipSpecial(reader, opcode)) return false;
          at = reader.at;
          break;
        default:
          return false;
      }
    }
    for (; lebs > 0; lebs -= 1) {
      while ((bytes[at] ?? 0) >= 0x80) at += 1;
      at += 1;
    }
  }
  reader.at = at;
  return true;
}

function skipMemarg(reader: CoreReader): void {
  // bit 6 of the alignment says that the index of a memory follows
  const flags = reader.u32();
  if ((flags & 0x40) !== 0) reader.skipLeb();
  reader.skipLeb();
}

function skipSpecial(reader: CoreReader, opcode: number): boolean {
  switch (opcode) {
    case 0x0e:
      skipLebs(reader, reader.u32() + 1);
      return true;
    case 0x1c:
      for (let left = reader.u32(); left > 0; left -= 1) skipValueType(reader);
      return true;
    case 0x1f:
      skipTryTable(reader);
      return true;
    case 0xfc:
      return skipBulkInstruction(reader);
    case 0xfd:
      return skipVectorInstruction(reader);
    default:
      if (reader.u32() === 0x03) reader.skip(1);
      else skipMemarg(reader);
      return true;
  }
}

function skipLebs(reader: CoreReader, count: number): void {
  for (let index = 0; index < count; index += 1) reader.skipLeb();
}

function skipTryTable(reader: CoreReader): void {
  if (isReference(reader.bytes[reader.at])) reader.byte();
  reader.skipLeb();
  const clauses = reader.u32();
  for (let index = 0; index < clauses; index += 1) {
    // catch and catch_ref name a tag and a label, the others a label
    const kind = reader.byte();
    skipLebs(reader, kind <= 1 ? 2 : 1);
  }
}

/** How many integers follow the bulk instructions that leave hidden state alone. */
const bulkImmediates: ReadonlyMap<number, number> = new Map([
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((code): [number, number] => [code, 0]),
  [8, 2],
  [10, 2],
  [11, 1],
  [16, 1],
]);

function skipBulkInstruction(reader: CoreReader): boolean {
  // data.drop, elem.drop and every table instruction but table.size are missing here on purpose
  const count = bulkImmediates.get(reader.u32());
  if (count !== undefined) skipLebs(reader, count);
  return count !== undefined;
}

function skipVectorInstruction(reader: CoreReader): boolean {
  const code = reader.u32();
  if (code <= 11 || code === 92 || code === 93) skipMemarg(reader);
  else if (code === 12 || code === 13) reader.skip(16);
  else if (code >= 21 && code <= 34) reader.skip(1);
  else if (code >= 84 && code <= 91) {
    skipMemarg(reader);
    reader.skip(1);
  }
  return true;
}
