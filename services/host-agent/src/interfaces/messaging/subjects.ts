/**
 * Subjects and patterns of NATS (https://docs.nats.io/nats-concepts/subjects), and which of them are not for components. A component
 * publishes through the host's connection: without a rule it could order hosts, ask services and write to streams by their own subjects.
 */
import { auth, hostAgent, multipart, objectMetadata, s3Edge, scheduler } from "@holdfast/contracts";

const maxLength = 255;
const token = /^[^\s.*>\p{Cc}]+$/u;

/** The mesh's own subjects, for publishing and subscribing alike. */
const services = [auth, hostAgent, multipart, objectMetadata, s3Edge, scheduler].map(({ subject }) => `${subject}.>`);
const reserved = [...services, "runtime.>", "holdfast.>", "runtime", "holdfast"];
/** Of those, what components may hear: changes of objects. */
const audible = ["holdfast.events.>"];

/** True for a subject without wildcards. */
export function isSubject(text: string): boolean {
  return text.length <= maxLength && text.split(".").every((each) => token.test(each));
}

/** True for a subject that may hold `*`, and `>` at its end. */
export function isPattern(text: string): boolean {
  const tokens = text.split(".");
  return (
    text.length <= maxLength &&
    tokens.every((each, i) => each === "*" || (each === ">" && i === tokens.length - 1) || token.test(each))
  );
}

/** Whether a pattern matches a subject. */
export const matches = (pattern: string, subject: string): boolean => overlaps(pattern, subject);

/** Whether some subject matches both patterns. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [one.split("."), other.split(".")];
  for (let i = 0; ; i++) {
    const [x, y] = [a[i], b[i]];
    if (x === undefined || y === undefined) return x === y;
    if (x === ">" || y === ">") return true;
    if (x !== y && x !== "*" && y !== "*") return false;
  }
}

/** Whether every subject of `inner` matches `outer`. */
function covers(outer: string, inner: string): boolean {
  const [a, b] = [outer.split("."), inner.split(".")];
  for (let i = 0; ; i++) {
    const [x, y] = [a[i], b[i]];
    if (x === ">") return y !== undefined;
    if (x === undefined || y === undefined) return x === y;
    if (x !== y && (x !== "*" || y === ">")) return false;
  }
}

/** Where answers to requests go. Nobody but the asker knows the rest of it. */
export const isInbox = (subject: string): boolean => /^_INBOX(?:\.|_)/.test(subject);

/** Why a component may not publish to a subject; undefined when it may. */
export function whyNotPublish(subject: string): string | undefined {
  if (!isSubject(subject)) return `${show(subject)} is no subject`;
  if (subject.startsWith("$") || isInbox(subject)) return `${show(subject)} is not for components`;
  return reserved.some((pattern) => matches(pattern, subject))
    ? `${show(subject)} is a subject of the mesh`
    : undefined;
}

/** Why a component may not subscribe to a pattern; undefined when it may. */
export function whyNotSubscribe(pattern: string): string | undefined {
  if (!isPattern(pattern)) return `${show(pattern)} is no subject`;
  const [first = ""] = pattern.split(".");
  if (first === ">" || first === "*") return `${show(pattern)} would hear everybody's messages; begin with a name`;
  if (first.startsWith("$") || isInbox(pattern) || first === "_INBOX") return `${show(pattern)} is not for components`;
  if (audible.some((each) => covers(each, pattern))) return undefined;
  return reserved.some((each) => overlaps(each, pattern)) ? `${show(pattern)} reaches subjects of the mesh` : undefined;
}

const show = (subject: string) => JSON.stringify(subject.slice(0, 100));
