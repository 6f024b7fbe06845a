import { Budget } from "../budget.ts";
import { httpErrorCode } from "./error-code.ts";
import { fieldsClass } from "./fields.ts";
import { FutureTrailers, IncomingBody } from "./incoming-body.ts";
import { IncomingHandler } from "./incoming-handler.ts";
import { IncomingRequest, IncomingResponse } from "./incoming-message.ts";
import { OutgoingBody } from "./outgoing-body.ts";
import { FutureIncomingResponse, OutgoingHandler } from "./outgoing-handler.ts";
import type { OutgoingHttpOptions } from "./outgoing-handler.ts";
import { OutgoingRequest } from "./outgoing-request.ts";
import { OutgoingResponse, ResponseOutparam } from "./outgoing-response.ts";
import { RequestOptions } from "./request-options.ts";

export interface HttpOptions {
  /** absent: every request that the guest sends is denied */
  outgoing?: OutgoingHttpOptions;
  /** what the host holds for one instance at once, in bytes: fields, and 64 KiB for each open body; default 4 MiB */
  maxHeldBytes?: number;
}

const defaultHeldBytes = 4 * 1024 * 1024;

/** `wasi:http` of one instance. */
export function createHttp({ outgoing, maxHeldBytes = defaultHeldBytes }: HttpOptions = {}) {
  const budget = new Budget("HTTP fields and bodies", maxHeldBytes);
  const incomingHandler = new IncomingHandler(budget);
  const outgoingHandler = new OutgoingHandler(outgoing, budget);
  return {
    incomingHandler,
    reset: () => {
      outgoingHandler.reset();
      budget.reset();
    },
    outgoingHandler: {
      handle: (request: OutgoingRequest, options?: RequestOptions) => outgoingHandler.handle(request, options),
    },
    types: {
      Fields: fieldsClass(budget),
      FutureIncomingResponse,
      FutureTrailers,
      IncomingBody,
      IncomingRequest,
      IncomingResponse,
      OutgoingBody,
      OutgoingRequest,
      OutgoingResponse,
      RequestOptions,
      ResponseOutparam,
      httpErrorCode,
    },
  };
}
