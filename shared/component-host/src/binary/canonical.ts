import type { CanonOptions, DefinitionBody, StringEncoding } from "./definitions.ts";
import type { Reader } from "./reader.ts";

/** One entry of the canonical section. Everything that belongs to the asynchronous ABI of WASI 0.3 is refused by name. */
export function readCanon(reader: Reader): DefinitionBody {
  const start = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x00: {
      reader.expectByte(0x00, "a core function");
      const func = reader.u32();
      return { kind: "lift", func, options: readOptions(reader), type: reader.u32() };
    }
    case 0x01:
      reader.expectByte(0x00, "a function");
      return { kind: "lower", func: reader.u32(), options: readOptions(reader) };
    case 0x02:
      return { kind: "resource.new", type: reader.u32() };
    case 0x03:
      return { kind: "resource.drop", type: reader.u32() };
    case 0x04:
      return { kind: "resource.rep", type: reader.u32() };
    default:
      if (code > 0x42) reader.fail(`unknown canonical function 0x${code.toString(16)}`, start);
      return reader.unsupported(`the asynchronous canonical function 0x${code.toString(16)}`);
  }
}

const encodings: readonly StringEncoding[] = ["utf8", "utf16", "latin1+utf16"];

interface MutableOptions {
  encoding?: StringEncoding;
  memory?: number;
  realloc?: number;
  postReturn?: number;
}

function readOptions(reader: Reader): CanonOptions {
  const found: MutableOptions = {};
  reader.vector(() => readOption(reader, found));
  return {
    encoding: found.encoding ?? "utf8",
    memory: found.memory,
    realloc: found.realloc,
    postReturn: found.postReturn,
  };
}

function readOption(reader: Reader, found: MutableOptions): void {
  const start = reader.at;
  const code = reader.byte();
  const encoding = encodings[code];
  if (encoding !== undefined) setOnce(reader, found, "encoding", encoding);
  else if (code === 0x03) setOnce(reader, found, "memory", reader.u32());
  else if (code === 0x04) setOnce(reader, found, "realloc", reader.u32());
  else if (code === 0x05) setOnce(reader, found, "postReturn", reader.u32());
  else if (code <= 0x09) reader.unsupported("an option of the asynchronous or garbage-collected ABI");
  else reader.fail(`unknown canonical option 0x${code.toString(16)}`, start);
}

function setOnce<K extends keyof MutableOptions>(
  reader: Reader,
  found: MutableOptions,
  key: K,
  value: MutableOptions[K],
): void {
  if (found[key] !== undefined) reader.fail(`the option ${key} is given twice`);
  found[key] = value;
}
