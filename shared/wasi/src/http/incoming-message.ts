import type { Budget } from "../budget.ts";
import { Fields, visibleFields } from "./fields.ts";
import { IncomingBody } from "./incoming-body.ts";
import type { HttpRequest, IncomingHttpResponse } from "./message.ts";
import { refused, toMethod } from "./method.ts";
import type { Method, Scheme } from "./method.ts";
import { repeatableClass } from "../repeatable-members.ts";

/** `wasi:http/types.incoming-request`. Headers are looked at when the guest does. */
export class IncomingRequest {
  readonly #request: HttpRequest;
  readonly #budget: Budget;
  #visible: string[] | undefined;
  #consumed = false;

  constructor(request: HttpRequest, budget: Budget) {
    this.#request = request;
    this.#budget = budget;
  }

  method(): Method {
    return toMethod(this.#request.method);
  }

  pathWithQuery(): string | undefined {
    return this.#request.pathWithQuery;
  }

  scheme(): Scheme {
    return { tag: this.#request.scheme ?? "HTTP" };
  }

  authority(): string | undefined {
    return this.#request.authority;
  }

  headers(): Fields {
    return new Fields(this.#budget, (this.#visible ??= visibleFields(this.#request.headers)));
  }

  consume(): IncomingBody {
    if (this.#consumed) throw refused;
    this.#consumed = true;
    return new IncomingBody(this.#request, this.#budget);
  }

  static {
    repeatableClass(this);
  }
}

/** `wasi:http/types.incoming-response`. */
export class IncomingResponse {
  readonly #response: IncomingHttpResponse;
  readonly #budget: Budget;
  #visible: string[] | undefined;
  #consumed = false;

  constructor(response: IncomingHttpResponse, budget: Budget) {
    this.#response = response;
    this.#budget = budget;
  }

  status(): number {
    return this.#response.status;
  }

  headers(): Fields {
    return new Fields(this.#budget, (this.#visible ??= visibleFields(this.#response.headers)));
  }

  consume(): IncomingBody {
    if (this.#consumed) throw refused;
    this.#consumed = true;
    return new IncomingBody(this.#response, this.#budget);
  }

  [Symbol.dispose](): void {
    // nobody will read it: the connection behind it is not kept waiting
    if (!this.#consumed) this.consume()[Symbol.dispose]();
  }
}
