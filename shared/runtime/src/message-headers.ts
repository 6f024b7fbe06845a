/**
 * Headers of NATS messages for the hot path: written as one string, and read without decoding those that nobody asks for. nats.js's
 * own `MsgHdrs` validates, canonicalises and keeps every line in both directions, for about 10 us of a call.
 */
import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import { MsgHdrsImpl, MsgImpl } from "@nats-io/nats-core/internal";

/**
 * Headers that are only written, each name once; nothing can be read from them. To publish them nats.js 3.4 calls `encode` alone
 * (held by message-headers.test.ts).
 */
export class HeaderBlock extends MsgHdrsImpl {
  #text = "NATS/1.0\r\n";

  /** Adds a line. Throws a TypeError for a name that is none, or a value with a line break, which would begin another header. */
  override set(name: string, value: string): void {
    if (!validName.test(name) || value.includes("\n") || value.includes("\r")) {
      throw new TypeError(`the header ${JSON.stringify(name)} holds what a header cannot`);
    }
    this.#text += `${name}: ${value}\r\n`;
  }

  override append(name: string, value: string): void {
    this.set(name, value);
  }

  override encode(): Uint8Array {
    return Buffer.from(`${this.#text}\r\n`);
  }
}

// Printable ASCII without the colon: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-4.md
const validName = /^[!-9;-~]+$/;

/** The received message itself, also inside of what @nats-io/services makes of it. */
function innermost(message: object): MsgImpl | undefined {
  if (message instanceof MsgImpl) return message;
  return "msg" in message && message.msg instanceof MsgImpl ? message.msg : undefined;
}

const decoder = new TextDecoder();

/** The header lines of a message as they came, for `headerValue` and `statusOf`; "" when it has none. */
export function headerText(message: Pick<Msg, "headers">): string {
  const received = innermost(message);
  if (received === undefined) return textOf(message.headers);
  const length = received._msg.hdr;
  return length > 0 ? decoder.decode(received._rdata.subarray(0, length)) : "";
}

/** Of messages that are not the client library's own. */
function textOf(headers: MsgHdrs | undefined): string {
  if (headers === undefined) return "";
  const lines = headers.keys().flatMap((name) => headers.values(name).map((value) => `${name}: ${value}`));
  return [`NATS/1.0 ${headers.status}`, ...lines, "", ""].join("\r\n");
}

/** How the line of a header begins: made once per name, for `headerValue`. */
export type HeaderLine = `\r\n${string}:`;
export const headerLine = (name: string): HeaderLine => `\r\n${name}:`;

/** The first value of a header without the spaces around it; "" when it is empty or not there. Names are compared exactly. */
export function headerValue(text: string, line: HeaderLine): string {
  const at = text.indexOf(line);
  if (at < 0) return "";
  const from = at + line.length;
  const end = text.indexOf("\r\n", from);
  return text.slice(from, end < 0 ? undefined : end).trim();
}

/** The status in the first line: 503 of `NATS/1.0 503`; 0 when there is none. */
export const statusOf = (text: string): number => (text[8] === " " ? Number.parseInt(text.slice(9, 12), 10) || 0 : 0);
