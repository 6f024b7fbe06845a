import { isInbox } from "./subjects.ts";

/** Inboxes whose owners wait for an answer of this workload: the only ones it may publish to. The oldest are forgotten. */
export type ReplySubjects = {
  add(subject: string): void;
  has(subject: string): boolean;
};

const maxRemembered = 10_000;

export function replySubjects(): ReplySubjects {
  const subjects = new Set<string>();
  return {
    add(subject) {
      // anything else a stranger may have put there, for the component to publish to with the host's rights
      if (!isInbox(subject)) return;
      subjects.delete(subject);
      subjects.add(subject);
      if (subjects.size > maxRemembered) subjects.delete(subjects.values().next().value ?? "");
    },
    has: (subject) => subjects.has(subject),
  };
}
