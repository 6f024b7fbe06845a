import { describe, expect, test } from "vitest";
import { FrameGatherer } from "./frame-gatherer.ts";

const payload = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + 10) % 251));
const msg = (size: number) =>
  Buffer.concat([Buffer.from(`MSG a.b 1 r ${size}\r\n`), payload(size), Buffer.from("\r\n")]);
const hmsg = (size: number) => {
  const head = Buffer.from("NATS/1.0\r\nA: b\r\n\r\n");
  const line = `HMSG a.b 1 r ${head.length} ${head.length + size}\r\n`;
  return Buffer.concat([Buffer.from(line), head, payload(size), Buffer.from("\r\n")]);
};
const line = (text: string) => Buffer.from(`${text}\r\n`);
/** Payloads hold line feeds and what looks like frames. */
const treacherous = Buffer.concat([
  Buffer.from("MSG a 1 25\r\n"),
  Buffer.from("MSG x 1 99999\r\nPING\r\n\n\n\n\n"),
  line(""),
]);

/** What comes out for a stream that is read in these pieces; each piece's memory is reused afterwards. */
function gather(pieces: readonly Uint8Array[]): Buffer[] {
  const gatherer = new FrameGatherer();
  const frames: Buffer[] = [];
  for (const piece of pieces) {
    const read = Buffer.from(piece);
    gatherer.push(read, (bytes) => void frames.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)));
    read.fill(0xee);
  }
  return frames;
}

/** True when a message begins at the start or behind another frame, and is whole: as the parser takes it without a copy. */
function holdsWholeFrames(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return false;
    const text = bytes.toString("latin1", at, end);
    const size = /^H?MSG /.test(text) ? Number(/(\d+)$/.exec(text)?.[1]) + 2 : 0;
    at = end + 2 + size;
    if (at > bytes.length) return false;
  }
  return true;
}

const frames = [
  line('INFO {"a":1}'),
  line("PING"),
  msg(0),
  msg(5),
  hmsg(0),
  treacherous,
  hmsg(40),
  line("PONG"),
  line("+OK"),
  line("-ERR 'x'"),
  msg(300),
];
const stream = Buffer.concat(frames);

describe("a stream of frames", () => {
  test("cut at any byte comes out in whole frames", () => {
    for (let at = 1; at < stream.length; at++) {
      const out = gather([stream.subarray(0, at), stream.subarray(at)]);
      expect(Buffer.concat(out).equals(stream), `cut at ${at}`).toBe(true);
      expect(out.every(holdsWholeFrames), `cut at ${at}`).toBe(true);
    }
  });

  test("read byte by byte comes out in whole frames", () => {
    const out = gather(Array.from(stream, (byte) => Buffer.from([byte])));
    expect(Buffer.concat(out).equals(stream)).toBe(true);
    expect(out).toHaveLength(frames.length);
  });

  test("cut anywhere, many times, comes out in whole frames", () => {
    let seed = 42;
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
    for (let round = 0; round < 200; round++) {
      const many = Buffer.concat(Array.from({ length: 20 }, () => frames[random(frames.length)] ?? line("PING")));
      const pieces: Buffer[] = [];
      for (let at = 0; at < many.length;) {
        const end = Math.min(many.length, at + 1 + random(120));
        pieces.push(many.subarray(at, end));
        at = end;
      }
      const out = gather(pieces);
      expect(Buffer.concat(out).equals(many)).toBe(true);
      expect(out.every(holdsWholeFrames)).toBe(true);
    }
  });

  test("that is not cut comes out in one piece", () => {
    expect(gather([stream])).toHaveLength(1);
  });
});

describe("a large message", () => {
  test("read in pieces is one buffer of its own size", () => {
    const large = msg(1024 * 1024);
    const pieces = Array.from({ length: 17 }, (_, i) => large.subarray(i * 65_536, (i + 1) * 65_536));
    const [frame, ...others] = gather([...pieces, line("PING")]);
    expect(frame?.equals(large)).toBe(true);
    expect(frame?.buffer.byteLength).toBe(large.length);
    expect(others).toEqual([line("PING")]);
  });
});

describe("what is not the protocol", () => {
  const hostile = {
    "a payload of more than any server allows": Buffer.from(`MSG a 1 ${2 ** 40}\r\nabc`),
    "a number that does not fit": Buffer.from(`MSG a 1 ${"9".repeat(400)}\r\nabc`),
    "a line without an end": Buffer.alloc(1_100_000, "x"),
  };
  test.for(Object.entries(hostile))("%s goes on as it is, and so does what follows", ([, bytes]) => {
    const out = gather([bytes.subarray(0, 4), bytes.subarray(4), Buffer.from("more")]);
    expect(Buffer.concat(out).equals(Buffer.concat([bytes, Buffer.from("more")]))).toBe(true);
  });

  test("a message without a number holds nothing back", () => {
    const bytes = Buffer.from("MSG a 1 x\r\n\r\nPING\r\n");
    expect(Buffer.concat(gather([bytes])).equals(bytes)).toBe(true);
  });
});
