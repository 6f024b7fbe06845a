/**
 * Cuts what comes from a server at the ends of its frames, so that a message never reaches the library's parser in pieces: the parser
 * would collect them in a buffer that grows by doubling, at ten times the price of the one copy made here.
 *
 * Protocol: https://docs.nats.io/reference/reference-protocols/nats-protocol. A frame is a line, and behind a MSG or HMSG line as many
 * bytes as its last number says, and CR LF. Nothing is judged here: what is no frame goes on as it is, for the parser to refuse.
 */

/** Beyond this (nats-server's own limit of max_payload is 64 MiB) nothing is gathered, whatever a line says. */
const largestFrame = 65 * 1024 * 1024;
/** nats-server's own max_control_line is 4 KiB; INFO is longer. */
const longestLine = 1024 * 1024;

const [lineFeed, carriageReturn, zero, nine] = [10, 13, 48, 57];

export class FrameGatherer {
  /** A frame whose end is not here yet, in a buffer of its exact size. */
  #frame: Buffer | undefined;
  #filled = 0;
  /** The beginning of a frame whose line is not here yet. */
  #line: Buffer | undefined;
  /** What came is not the protocol: no more gathering. */
  #isRaw = false;

  /** Takes what was read, in order, and hands over whole frames, in memory of their own: `read` may be used again. */
  push(read: Buffer, deliver: (frames: Uint8Array) => void): void {
    if (this.#isRaw) return deliver(Buffer.from(read));
    const rest = this.#fill(read, deliver);
    if (rest.length === 0) return;
    const bytes = this.#line ? Buffer.concat([this.#line, rest]) : rest;
    this.#line = undefined;
    const end = this.#walk(bytes);
    if (end > 0) deliver(Buffer.from(bytes.subarray(0, end)));
  }

  /** Adds to the frame that is being gathered; what is left of `read` comes behind it. */
  #fill(read: Buffer, deliver: (frames: Uint8Array) => void): Buffer {
    const frame = this.#frame;
    if (!frame) return read;
    const taken = read.copy(frame, this.#filled);
    this.#filled += taken;
    if (this.#filled === frame.length) {
      this.#frame = undefined;
      deliver(frame);
    }
    return read.subarray(taken);
  }

  /** Where the last whole frame ends; what is behind it is kept. */
  #walk(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      const lineEnd = bytes.indexOf(lineFeed, at);
      if (lineEnd < 0) return this.#keepLine(bytes, at);
      const end = lineEnd + 1 + payloadBytes(bytes, at, lineEnd);
      if (end > bytes.length) return this.#keepFrame(bytes, at, end - at);
      at = end;
    }
    return at;
  }

  #keepLine(bytes: Buffer, at: number): number {
    if (bytes.length - at > longestLine) return this.#giveUp(bytes);
    this.#line = Buffer.from(bytes.subarray(at));
    return at;
  }

  #keepFrame(bytes: Buffer, at: number, size: number): number {
    if (size > largestFrame) return this.#giveUp(bytes);
    // Its own memory, not the pool's: whoever holds the payload holds nothing else.
    this.#frame = Buffer.allocUnsafeSlow(size);
    this.#filled = bytes.copy(this.#frame, 0, at);
    return at;
  }

  #giveUp(bytes: Buffer): number {
    this.#isRaw = true;
    return bytes.length;
  }
}

/** Bytes behind the line of a MSG or HMSG frame, its CR LF included; 0 for every other line. */
function payloadBytes(bytes: Buffer, at: number, lineEnd: number): number {
  const first = (bytes[at] ?? 0) | 0x20;
  if (first !== 0x6d && first !== 0x68) return 0;
  let digit = lineEnd - 1;
  if (bytes[digit] === carriageReturn) digit--;
  let size = 0;
  for (let unit = 1; digit > at; digit--, unit *= 10) {
    const code = bytes[digit] ?? 0;
    if (code < zero || code > nine) break;
    size += (code - zero) * unit;
  }
  return size + 2;
}
