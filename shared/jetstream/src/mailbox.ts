/**
 * Replies on one connection through one wildcard subscription: no SUB/UNSUB per call, and several replies per call where
 * the protocol sends several (batched direct gets). nats.js's own multiplexer answers once per request.
 */
import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";
import { StorageError } from "./errors.ts";
import { withTraceContext } from "./telemetry.ts";

export type RequestOptions = { headers?: MsgHdrs | undefined; timeoutMs?: number | undefined };

export type Address = {
  readonly reply: string;
  /** Publishes with this address as reply subject; without a connection, once there is one again. Throws when it is closed. */
  send(subject: string, payload: Uint8Array | string | undefined, headers?: MsgHdrs): void;
  close(): void;
};

export type Mailbox = {
  /**
   * Opens an address; `onMessage` is called for each reply until `close`. `onLost` is called when the connection broke after the
   * request was sent: a reply will not come any more.
   */
  open(onMessage: (message: Msg) => void, onLost?: () => void): Address;
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
  const open = new Map<string, { onMessage: (message: Msg) => void; onLost: () => void }>();
  let counter = 0;
  let isConnected = true;
  /** Requests made while there is no connection: nats.js would drop them when it dials. */
  let unsent: { token: string; publish: () => void }[] = [];

  nc.subscribe(`${base}*`, {
    callback: (error, message) => {
      if (error === null) open.get(message.subject.slice(base.length))?.onMessage(message);
    },
  });

  const watch = async () => {
    for await (const { type } of nc.status()) {
      if (type === "disconnect") {
        isConnected = false;
        const waiting = new Set(unsent.map(({ token }) => token));
        for (const [token, { onLost }] of open) if (!waiting.has(token)) onLost();
      } else if (type === "reconnect") {
        isConnected = true;
        const batch = unsent;
        unsent = [];
        for (const { token, publish } of batch) if (open.has(token)) publish();
      }
    }
  };
  // the iterator ends with the connection; then requests fail by themselves
  void watch().catch(() => undefined);

  const mailbox: Mailbox = {
    open(onMessage, onLost = () => undefined) {
      const token = (++counter).toString(36);
      const reply = base + token;
      open.set(token, { onMessage, onLost });
      return {
        reply,
        send(subject, payload, given) {
          const headers = withTraceContext(given);
          const options = headers === undefined ? { reply } : { reply, headers };
          if (isConnected) nc.publish(subject, payload, options);
          else unsent.push({ token, publish: () => nc.publish(subject, payload, options) });
        },
        close: () => void open.delete(token),
      };
    },
    request(subject, payload, { headers, timeoutMs = defaultTimeoutMs } = {}) {
      return new Promise((resolve, reject) => {
        const receive = (message: Msg) => {
          settle();
          if (isNoResponders(message)) reject(new StorageError("NoResponders", `nobody answers on ${subject}`));
          else resolve(message);
        };
        const lose = () => {
          settle();
          reject(new StorageError("SlowDown", `the connection broke before ${subject} was answered`));
        };
        const address = mailbox.open(receive, lose);
        const timer = setTimeout(() => {
          settle();
          reject(new StorageError("SlowDown", `no answer on ${subject} within ${timeoutMs} ms`));
        }, timeoutMs);
        const settle = () => {
          clearTimeout(timer);
          address.close();
        };
        try {
          address.send(subject, payload, headers);
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
