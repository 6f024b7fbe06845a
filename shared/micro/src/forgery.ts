/**
 * Calls by which a NATS user would reach beyond its permissions. The server lets whoever asks name any subject for the answer, and
 * whoever answers publishes there, permitted or not:
 *
 * - our answer counts as published by us: `{}` on `$JS.API.STREAM.PURGE.<stream>` empties a stream that the asker may not touch;
 * - JetStream's answer to a direct get is a stored message: with a reply subject of ours it is a call that its writer may not make.
 *
 * docs/decisions/0002-nats-permissions.md says what stays possible. Checked against nats-server 2.14.0.
 */
import { headerLine } from "@holdfast/runtime";

/** An inbox, or what servers put in its place between accounts (`_R_`) and clusters (`_GR_`). */
const inbox = /^_(INBOX|R_|GR_)/;

const streamLine = headerLine("Nats-Stream");

/** Why a message with this reply subject and these headers is not to be taken for a call; undefined for an honest one. */
export function forgery(reply: string | undefined, headers: string): string | undefined {
  if (reply && !inbox.test(reply)) return "its answer is to go to a subject that is no inbox";
  // set by the server on messages of a stream, whatever their writer wrote
  if (headers.includes(streamLine)) return "it is a message out of a stream";
  return undefined;
}
