/** Messages within this process, by NATS's rules for subjects and queue groups. For development and tests. */
import type { BrokerMessage, MessageBus, OnMessage } from "./bus.ts";
import { matches } from "./subjects.ts";

type Subscription = { readonly pattern: string; readonly queueGroup: string; readonly onMessage: OnMessage };

export function memoryBus(): MessageBus {
  const subscriptions = new Set<Subscription>();
  let lastInbox = 0;

  /** One of each queue group. */
  const receiversOf = (subject: string): Subscription[] => {
    const groups = Map.groupBy(
      [...subscriptions].filter(({ pattern }) => matches(pattern, subject)),
      ({ queueGroup }) => queueGroup,
    );
    return [...groups.values()].flatMap((members) => members[Math.floor(Math.random() * members.length)] ?? []);
  };

  const deliver = (message: BrokerMessage): number => {
    const receivers = receiversOf(message.subject);
    for (const { onMessage } of receivers) setImmediate(onMessage, { ...message, body: message.body.slice() });
    return receivers.length;
  };

  const subscribe: MessageBus["subscribe"] = (pattern, queueGroup, onMessage) => {
    const subscription = { pattern, queueGroup, onMessage };
    subscriptions.add(subscription);
    return () => void subscriptions.delete(subscription);
  };

  return {
    async publish(message) {
      deliver(message);
    },
    async request(subject, body, timeoutMs) {
      const replyTo = `_INBOX.memory.${++lastInbox}`;
      const answer = Promise.withResolvers<BrokerMessage>();
      const unsubscribe = subscribe(replyTo, replyTo, answer.resolve);
      const timer = setTimeout(
        () => answer.reject(new Error(`no answer on ${subject} within ${timeoutMs} ms`)),
        timeoutMs,
      );
      try {
        if (deliver({ subject, body, replyTo }) === 0) throw new Error(`nobody listens on ${subject}`);
        return await answer.promise;
      } finally {
        clearTimeout(timer);
        unsubscribe();
      }
    },
    subscribe,
  };
}
