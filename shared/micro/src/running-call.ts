/** A call in hand: what its handler may know, its validated input, its deadline. */
import { headerLine, headerValue } from "@holdfast/runtime";
import type { Msg } from "@nats-io/nats-core";
import { z } from "zod";
import type { Call, EndpointContract } from "./contract.ts";
import { MeshError } from "./errors.ts";
import { decodeJson, header, longestWaitMs, noBytes, takesRawBody } from "./wire.ts";

const deadlineLine = headerLine(header.deadline);
const requestIdLine = headerLine(header.requestId);
const inputLine = headerLine(header.input);

/** Its signal costs nothing until a handler asks for it. */
export class RunningCall implements Call {
  readonly body: Uint8Array;
  readonly deadline: number;
  readonly requestId: string;
  /** The deadline had passed when the call came. */
  readonly isLate: boolean;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #abandoned = false;

  /** `headers` is the text of the message's headers. */
  constructor(msg: Msg, headers: string, { rawBody, timeoutMs }: EndpointContract) {
    this.body = takesRawBody(rawBody) ? msg.data : noBytes;
    const now = Date.now();
    const given = Number(headerValue(headers, deadlineLine)) || now + timeoutMs;
    this.deadline = Math.min(given, now + longestWaitMs);
    this.isLate = this.deadline <= now;
    this.requestId = headerValue(headers, requestIdLine);
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      this.#timer = setTimeout(() => controller.abort(), Math.max(0, this.deadline - Date.now()));
      if (this.#abandoned) controller.abort();
    }
    return this.#controller.signal;
  }

  /** The process stops and will not wait any longer. */
  abandon(): void {
    this.#abandoned = true;
    this.#controller?.abort();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** The input did not fit: kept apart from an InvalidInput that a handler met when it called somebody else, which is its own bug. */
export class UnfitInput extends MeshError {
  constructor(message: string, options: { details?: unknown; cause?: unknown }) {
    super("InvalidInput", message, { ...options, status: 400 });
  }
}

/** The input as its contract has it; throws `UnfitInput` with the paths that do not fit. */
export function readInput(msg: Msg, headers: string, { rawBody, input: schema }: EndpointContract): unknown {
  let value: unknown;
  try {
    value = takesRawBody(rawBody) ? JSON.parse(headerValue(headers, inputLine)) : decodeJson(msg.data);
  } catch (cause) {
    throw new UnfitInput("the input is not JSON in UTF-8", { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  throw new UnfitInput(z.prettifyError(parsed.error).replaceAll("\n", "; "), {
    details: issues.map(({ path, code, message }) => ({ path, code, message })),
  });
}
