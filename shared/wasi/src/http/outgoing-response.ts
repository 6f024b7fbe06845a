import { ComponentError } from "@holdfast/component-host";
import type { ErrorCode } from "./error-code.ts";
import { Fields } from "./fields.ts";
import { refused } from "./method.ts";
import { OutgoingBody, OutgoingContent } from "./outgoing-body.ts";
import { repeatableClass } from "../repeatable-members.ts";

/** `wasi:http/types.outgoing-response`. */
export class OutgoingResponse {
  /** for the host's side */
  readonly fields: Fields;
  status = 200;
  content: OutgoingContent | undefined;

  constructor(headers: Fields) {
    this.fields = headers;
  }

  statusCode(): number {
    return this.status;
  }

  setStatusCode(status: number): void {
    if (status < 100 || status > 999) throw refused;
    this.status = status;
  }

  headers(): Fields {
    return new Fields(this.fields.budget, this.fields.raw);
  }

  body(): OutgoingBody {
    if (this.content !== undefined) throw refused;
    this.content = new OutgoingContent(this.fields.raw, "HTTP-response-body-size");
    return new OutgoingBody(this.content, this.fields);
  }

  [Symbol.dispose](): void {
    this.fields[Symbol.dispose]();
  }

  static {
    repeatableClass(this);
  }
}

/** What a guest answers with: `result<outgoing-response, error-code>`. */
export type Answer = { tag: "ok"; val: OutgoingResponse } | { tag: "err"; val: ErrorCode };

/** `wasi:http/types.response-outparam`. */
export class ResponseOutparam {
  readonly #onAnswer: (answer: Answer) => void;

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer;
  }

  static set(param: ResponseOutparam, answer: Answer): void {
    param.#onAnswer(answer);
  }

  sendInformational(status: number): never {
    const val = `informational responses (${status}) are not forwarded by this host`;
    throw new ComponentError({ tag: "internal-error", val } satisfies ErrorCode);
  }

  static {
    repeatableClass(this);
  }
}
