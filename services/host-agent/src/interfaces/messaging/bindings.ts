/** `wasmcloud:messaging/consumer` as a component sees it. */
import { suspending } from "@holdfast/component-host";
import type { BindInterface } from "../../bindings.ts";
import type { BrokerMessage } from "./bus.ts";
import type { MessagingOperations } from "./operations.ts";

export const bind: BindInterface<MessagingOperations> = (backend) => ({
  "wasmcloud:messaging/types@0.2.0": {},
  "wasmcloud:messaging/consumer@0.2.0": {
    publish: suspending((message: BrokerMessage) => backend.publish(message)),
    request: suspending((subject: string, body: Uint8Array, timeoutMs: number) =>
      backend.request(subject, body, timeoutMs),
    ),
  },
});
