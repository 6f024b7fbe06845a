/**
 * Replies on one connection through one wildcard subscription: no SUB/UNSUB per call, and several replies per call where
 * the protocol sends several (batched direct gets). nats.js's own multiplexer answers once per request.
 */
import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";
import { StorageError } from "./errors.ts";

export type RequestOptions = { headers?: MsgHdrs | undefined; timeoutMs?: number | undefined };

export type Mailbox = {
  /** Opens an address; `onMessage` is called for each reply until `close`. */
  open(onMessage: (message: Msg) => void): { readonly reply: string; close(): void };
  /** One request, one reply. Rejects with SlowDown after the timeout and NoResponders when nobody listens. */
  request(subject: string, payload: Uint8Array | string | undefined, options?: RequestOptions): Promise<Msg>;
};

const mailboxes = new WeakMap<NatsConnection, Mailbox>();
const defaultTimeoutMs = 5_000;

/** The mailbox of a connection, made at first use and closed with the connection. */
export function mailboxOf(nc: NatsConnection): Mailbox {
  let mailbox = mailboxes.get(nc);
  if (mailbox === undefined) {
    mailbox = createMailbox(nc);
    mailboxes.set(nc, mailbox);
  }
  return mailbox;
}

/** True for the server's "503, empty" reply to a request that nobody listens to. */
export function isNoResponders(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === 503;
}

function createMailbox(nc: NatsConnection): Mailbox {
  const base = `${createInbox(inboxPrefix(nc))}.`;
  const open = new Map<string, (message: Msg) => void>();
  let counter = 0;

  nc.subscribe(`${base}*`, {
    callback: (error, message) => {
      if (error === null) open.get(message.subject.slice(base.length))?.(message);
    },
  });

  const mailbox: Mailbox = {
    open(onMessage) {
      const token = (++counter).toString(36);
      open.set(token, onMessage);
      return { reply: base + token, close: () => void open.delete(token) };
    },
    request(subject, payload, { headers, timeoutMs = defaultTimeoutMs } = {}) {
      return new Promise((resolve, reject) => {
        const address = mailbox.open((message) => {
          settle();
          if (isNoResponders(message)) reject(new StorageError("NoResponders", `nobody answers on ${subject}`));
          else resolve(message);
        });
        const timer = setTimeout(() => {
          settle();
          reject(new StorageError("SlowDown", `no answer on ${subject} within ${timeoutMs} ms`));
        }, timeoutMs);
        const settle = () => {
          clearTimeout(timer);
          address.close();
        };
        try {
          nc.publish(
            subject,
            payload,
            headers === undefined ? { reply: address.reply } : { reply: address.reply, headers },
          );
        } catch (cause) {
          settle();
          reject(new StorageError("SlowDown", `cannot publish on ${subject}`, { cause }));
        }
      });
    },
  };
  return mailbox;
}

// nats.js keeps the options off its interface; without the prefix the permissions of a service's user would refuse the inbox.
function inboxPrefix(nc: NatsConnection): string | undefined {
  if (!("options" in nc) || typeof nc.options !== "object" || nc.options === null) return undefined;
  const prefix = "inboxPrefix" in nc.options ? nc.options.inboxPrefix : undefined;
  return typeof prefix === "string" ? prefix : undefined;
}
