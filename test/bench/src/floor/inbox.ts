/** Requests over bare nats.js with one wildcard subscription: the least that an answer to a request can cost there. */
import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";

export type Ask = (subject: string, payload?: Uint8Array | string, headers?: MsgHdrs) => Promise<Msg>;

/** Rejects when JetStream answers with an error, and when the connection breaks; there is no other limit of time. */
export function createInboxClient(nc: NatsConnection): Ask {
  const base = `${createInbox()}.`;
  const waiting = new Map<string, { resolve: (message: Msg) => void; reject: (error: Error) => void }>();
  let counter = 0;
  nc.subscribe(`${base}*`, {
    callback: (error, message) => {
      const token = message.subject.slice(base.length);
      const asker = waiting.get(token);
      waiting.delete(token);
      const code = message.headers?.code ?? 0;
      if (error) asker?.reject(error);
      else if (code >= 400) asker?.reject(new Error(`NATS answered ${code} ${message.headers?.description ?? ""}`));
      else asker?.resolve(message);
    },
  });
  const watch = async () => {
    for await (const { type } of nc.status()) {
      if (type !== "disconnect") continue;
      for (const { reject } of waiting.values()) reject(new Error("the floor's connection to NATS broke"));
      waiting.clear();
    }
  };
  void watch();
  return (subject, payload, headers) =>
    new Promise((resolve, reject) => {
      const token = (++counter).toString(36);
      waiting.set(token, { resolve, reject });
      nc.publish(subject, payload, { reply: base + token, ...(headers && { headers }) });
    });
}
