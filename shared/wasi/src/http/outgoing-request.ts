import { Fields } from "./fields.ts";
import { checkAuthority, checkPath, checkScheme, methodName, refused } from "./method.ts";
import type { Method, Scheme } from "./method.ts";
import { OutgoingBody, OutgoingContent } from "./outgoing-body.ts";
import { repeatableClass } from "../repeatable-members.ts";

/** `wasi:http/types.outgoing-request`. */
export class OutgoingRequest {
  /** for the host's side */
  readonly fields: Fields;
  content: OutgoingContent | undefined;
  #method: Method = { tag: "get" };
  #path: string | undefined;
  #scheme: Scheme | undefined;
  #authority: string | undefined;

  constructor(headers: Fields) {
    this.fields = headers;
  }

  body(): OutgoingBody {
    if (this.content !== undefined) throw refused;
    this.content = new OutgoingContent(this.fields.raw, "HTTP-request-body-size");
    return new OutgoingBody(this.content, this.fields);
  }

  method(): Method {
    return this.#method;
  }

  setMethod(method: Method): void {
    methodName(method);
    this.#method = method;
  }

  pathWithQuery(): string | undefined {
    return this.#path;
  }

  setPathWithQuery(path: string | undefined): void {
    checkPath(path);
    this.#path = path;
  }

  scheme(): Scheme | undefined {
    return this.#scheme;
  }

  setScheme(scheme: Scheme | undefined): void {
    checkScheme(scheme);
    this.#scheme = scheme;
  }

  authority(): string | undefined {
    return this.#authority;
  }

  setAuthority(authority: string | undefined): void {
    checkAuthority(authority);
    this.#authority = authority;
  }

  headers(): Fields {
    return new Fields(this.fields.budget, this.fields.raw);
  }

  [Symbol.dispose](): void {
    this.fields[Symbol.dispose]();
  }

  static {
    repeatableClass(this);
  }
}
