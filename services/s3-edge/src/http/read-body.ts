/**
 * Reads a request's body. Node's own iterator closes the socket when its consumer stops early, so that no error could be answered,
 * and knows no idle limit; this one leaves the socket alone. A slow consumer is not the client's fault: the clock runs only while
 * bytes are waited for. Each piece costs one call, no promise: a large body comes in thousands of them.
 */
import type { IncomingMessage } from "node:http";
import { s3Error } from "@holdfast/s3-protocol";

/**
 * Takes bytes in; when it has no room for more, a promise of when it has. Throws or rejects when it wants no more at all. The socket
 * calls it, from outside of the request's asynchronous context.
 */
export type Sink = (bytes: Uint8Array) => Promise<void> | undefined;

/**
 * Gives the body's bytes to the sink as they arrive, and stops the socket while that has no room. Rejects with what the sink throws,
 * with RequestTimeout after `idleMs` without any bytes, and with IncompleteBody when the connection ends early.
 */
export function readBody(request: IncomingMessage, idleMs: number, sink: Sink): Promise<void> {
  if (request.readableEnded) return Promise.resolve();
  if (request.destroyed) return Promise.reject(s3Error("IncompleteBody"));
  return new Promise((resolve, reject) => {
    let isPaused = false;
    let isSettled = false;
    const settle = (error?: unknown) => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      request.off("data", take).off("end", finish).off("close", lose).off("error", lose);
      if (error === undefined) return resolve();
      // What is left is for whoever drops it.
      request.pause();
      reject(error);
    };
    const finish = () => settle();
    const lose = () => settle(s3Error("IncompleteBody"));
    const goOn = () => {
      if (isSettled) return;
      isPaused = false;
      timer.refresh();
      request.resume();
    };
    const waitFor = (room: Promise<void>) => {
      isPaused = true;
      request.pause();
      room.then(goOn, settle);
    };
    const take = (bytes: Uint8Array) => {
      try {
        const room = sink(bytes);
        if (room === undefined) timer.refresh();
        else waitFor(room);
      } catch (error) {
        settle(error);
      }
    };
    const timer = setTimeout(() => {
      if (!isPaused) settle(s3Error("RequestTimeout"));
    }, idleMs);
    request.on("data", take).once("end", finish).once("close", lose).once("error", lose);
    request.resume();
  });
}
