import type { Budget } from "../budget.ts";
import { HttpFailure } from "./error-code.ts";
import { contentLengthOf, maxSectionBytes, sectionBytes } from "./fields.ts";
import type { RawFields } from "./fields.ts";
import { IncomingRequest } from "./incoming-message.ts";
import type { HttpRequest, HttpResponse } from "./message.ts";
import { ResponseOutparam } from "./outgoing-response.ts";
import type { Answer, OutgoingResponse } from "./outgoing-response.ts";

type Handle = (request: IncomingRequest, out: ResponseOutparam) => unknown;

const interfaceName = /^wasi:http\/incoming-handler@0\.2\./;

/** The `handle` of what a component exports, or undefined when it is no HTTP handler. */
function handleOf(exports: Readonly<Record<string, unknown>>): Handle | undefined {
  const name = Object.keys(exports).find((each) => interfaceName.test(each)) ?? "wasi:http/incoming-handler";
  const handler = exports[name];
  if (typeof handler !== "object" || handler === null || !("handle" in handler)) return undefined;
  const { handle } = handler;
  return typeof handle === "function"
    ? (request, out): unknown => Reflect.apply(handle, handler, [request, out])
    : undefined;
}

/** Calls one instance's `wasi:http/incoming-handler`. */
export class IncomingHandler {
  readonly #budget: Budget;
  #exports: object | undefined;
  #handle: Handle | undefined;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /**
   * Answers at once when the guest did before it waited for anything. Throws or rejects with `HttpFailure` when the guest
   * answered with an error code or not at all, and with what it threw when it trapped.
   */
  handle(exports: Readonly<Record<string, unknown>>, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
    if (this.#exports !== exports) {
      this.#handle = handleOf(exports);
      this.#exports = exports;
    }
    if (this.#handle === undefined) throw new TypeError("the component exports no wasi:http/incoming-handler@0.2");
    const exchange = new Exchange();
    const out = new ResponseOutparam((answer) => exchange.answered(answer));
    let returned: unknown;
    try {
      returned = this.#handle(new IncomingRequest(request, this.#budget), out);
    } catch (error) {
      // an answer that was given before counts, as far as it went
      if (!exchange.isAnswered) throw error;
      returned = rejected(error);
    }
    return exchange.outcome(returned);
  }
}

/** One request and its answer. */
class Exchange {
  #answer: Answer | undefined;
  #onAnswer: (() => void) | undefined;

  get isAnswered(): boolean {
    return this.#answer !== undefined;
  }

  answered(answer: Answer): void {
    this.#answer = answer;
    this.#onAnswer?.();
  }

  outcome(returned: unknown): HttpResponse | Promise<HttpResponse> {
    if (!(returned instanceof Promise)) return this.#returned();
    const done = this.#watch(returned);
    return this.#answer === undefined ? this.#later(done) : { ...this.#response(), done };
  }

  #returned(): HttpResponse {
    this.#breakOff();
    return this.#response();
  }

  /** The guest may go on for long after its answer: it writes the body while the client reads it. */
  async #later(done: Promise<void>): Promise<HttpResponse> {
    await Promise.race([done, new Promise<void>((answered) => (this.#onAnswer = answered))]);
    return { ...this.#response(), done };
  }

  #watch(returned: Promise<unknown>): Promise<void> {
    const done = returned.then(
      () => this.#breakOff(),
      (error: unknown) => {
        this.#breakOff();
        throw error;
      },
    );
    // whoever has the answer already may not be interested
    done.catch(() => undefined);
    return done;
  }

  #response(): HttpResponse {
    const answer = this.#answer;
    if (answer === undefined) throw new HttpFailure({ tag: "HTTP-response-incomplete" });
    if (answer.tag === "err") throw new HttpFailure(answer.val);
    return toResponse(answer.val);
  }

  /** The guest is gone: what it did not finish will not be. */
  #breakOff(): void {
    if (this.#answer?.tag === "ok") this.#answer.val.content?.abandon({ tag: "connection-terminated" });
  }
}

async function rejected(reason: unknown): Promise<never> {
  throw reason;
}

const nothing = new Uint8Array(0);

function toResponse({ status, fields, content }: OutgoingResponse): HttpResponse {
  // they are the host's now, not held for the guest
  fields[Symbol.dispose]();
  checkHead(status, fields.raw);
  return {
    status,
    headers: fields.raw,
    body: content === undefined ? nothing : content.asBody(),
    trailers: () => content?.trailers,
  };
}

/** What would not be understood as one response by who gets it. */
function checkHead(status: number, headers: RawFields): void {
  const bytes = sectionBytes(headers);
  if (bytes > maxSectionBytes) throw new HttpFailure({ tag: "HTTP-response-header-section-size", val: bytes });
  if (status < 200 || contentLengthOf(headers) === "invalid") throw new HttpFailure({ tag: "HTTP-protocol-error" });
}
