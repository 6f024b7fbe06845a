// What a TypeScript developer deploys: HTTP, keyvalue, configuration and logging in a 14 MB component. GET /<key> answers
// "<greeting> <times the key was asked for>".
/* wit
world guest {
  import wasi:keyvalue/store@0.2.0-draft;
  import wasi:keyvalue/atomics@0.2.0-draft;
  import wasi:config/store@0.2.0-rc.1;
  import wasi:logging/logging@0.1.0-draft;
  import wasi:http/types@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}
*/
import { get } from "wasi:config/store@0.2.0-rc.1";
import { Fields, OutgoingBody, OutgoingResponse, ResponseOutparam } from "wasi:http/types@0.2.12";
import { increment } from "wasi:keyvalue/atomics@0.2.0-draft";
import { open } from "wasi:keyvalue/store@0.2.0-draft";
import { log } from "wasi:logging/logging@0.1.0-draft";

export const incomingHandler = {
  handle(request, out) {
    const key = (request.pathWithQuery() ?? "/").slice(1);
    log("info", "guest", `asked for ${key}`);
    const count = increment(open("default"), key, 1n);
    answer(out, `${get("greeting") ?? "hello"} ${count}\n`);
  },
};

function answer(out, text) {
  const response = new OutgoingResponse(new Fields());
  const body = response.body();
  ResponseOutparam.set(out, { tag: "ok", val: response });
  const stream = body.write();
  stream.blockingWriteAndFlush(new TextEncoder().encode(text));
  stream[Symbol.dispose]();
  OutgoingBody.finish(body, undefined);
}
