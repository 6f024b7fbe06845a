/**
 * Answers to requests whose body nobody reads. A socket closed with unread bytes takes the answer down with it (TCP sends a reset),
 * so the rest is read and dropped for a while: a client that sends all before it reads still learns why it was refused.
 * The times are nginx's lingering_time and lingering_timeout.
 */
import type { IncomingMessage } from "node:http";

const totalMs = 30_000;
const idleMs = 5_000;
/** For a client that has fallen silent, or waits to be told to send (but may, RFC 9110, 10.1.1, begin without). */
const silentIdleMs = 500;

/** Calls `done` once: when the body has ended, or its time is up. */
export function dropBody(request: IncomingMessage, options: { readonly isSending: boolean }, done: () => void): void {
  const end = () => {
    clearTimeout(total);
    clearTimeout(idle);
    request.off("data", onData).off("end", end).off("close", end);
    done();
  };
  const total = setTimeout(end, totalMs);
  const idle = setTimeout(end, options.isSending ? idleMs : silentIdleMs);
  const onData = () => void idle.refresh();
  request.on("data", onData).once("end", end).once("close", end).resume();
}
