import { createWasi } from "../wasi.ts";
import type { WasiOptions } from "../wasi.ts";
import { Fields } from "./fields.ts";
import { FutureTrailers, IncomingBody } from "./incoming-body.ts";
import type { IncomingRequest } from "./incoming-message.ts";
import type { Body, HttpRequest } from "./message.ts";
import { OutgoingBody } from "./outgoing-body.ts";
import { OutgoingRequest } from "./outgoing-request.ts";
import { OutgoingResponse, ResponseOutparam } from "./outgoing-response.ts";
import { Budget } from "../budget.ts";

/** For tests: what a guest would import, and a guest written in JS that is called as the linker would call one. */
export const guest = {
  FutureTrailers,
  IncomingBody,
  OutgoingBody,
  OutgoingRequest,
  OutgoingResponse,
  ResponseOutparam,
};

export const newFields = (): Fields => new Fields(new Budget("fields", 1_000_000));

type Handler = (request: IncomingRequest, out: ResponseOutparam) => unknown;

/** An instance whose `incoming-handler` is this function. */
export function instanceOf(handle: Handler, options: WasiOptions = {}) {
  const wasi = createWasi(options);
  const exports = { "wasi:http/incoming-handler@0.2.3": { handle } };
  const request = (more: Partial<HttpRequest> = {}) =>
    wasi.handleIncoming(exports, { method: "GET", pathWithQuery: "/", headers: [], ...more });
  return { wasi, request };
}

/** Answers with a body that the guest goes on writing. */
export function begin(out: ResponseOutparam, fields = newFields()) {
  const response = new OutgoingResponse(fields);
  const body = response.body();
  ResponseOutparam.set(out, { tag: "ok", val: response });
  return { body, stream: body.write() };
}

export const turn = () => new Promise((resolve) => setImmediate(resolve));

export async function collect(body: Body): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
