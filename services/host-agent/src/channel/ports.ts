/** The channel's ends: a worker thread's message port, or a child process's IPC. */
import type { ChildProcess } from "node:child_process";
import type { MessagePort, Worker } from "node:worker_threads";
import type { Message, Port } from "./messages.ts";

/** Of a worker thread: `worker` in the main thread, `parentPort` in the worker. */
export function threadPort(end: Worker | MessagePort): Port {
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
    post: (messages) => end.postMessage(messages),
    onMessages: (listener) => void end.on("message", (messages: readonly Message[]) => listener(messages)),
  };
}

/** Of a child process that was forked with `serialization: "advanced"`: the child in the parent, `process` in the child. */
export function processPort(end: ChildProcess | NodeJS.Process): Port {
  return {
    // An end that is gone is heard of by its exit, not here.
    post: (messages) => void end.send?.(messages, undefined, undefined, () => {}),
    onMessages: (listener) => void end.on("message", (messages) => listener(messages as readonly Message[])),
  };
}
