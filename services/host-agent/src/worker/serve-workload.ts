/** What the main thread asks of a worker: isolates/wire.ts has the messages. */
import { ComponentError, findCompatible } from "@holdfast/component-host";
import { ComponentExit, HttpFailure, type HttpResponse } from "@holdfast/wasi";
import type { LogEntry } from "../bindings.ts";
import type { PlainError, Port } from "../channel/messages.ts";
import { Peer, type PeerCall } from "../channel/peer.ts";
import { receiveBody, sendBody, trailersOf } from "../channel/wire-body.ts";
import {
  type CallInput,
  failureCode,
  type HeadEvent,
  type HttpInput,
  type LinkInput,
  type LoadInput,
} from "../isolates/wire.ts";
import type { ComponentShape } from "../workloads/link-plan.ts";
import { withTrace } from "./call-trace.ts";
import { limitCpu } from "./cpu-limit.ts";
import { loadGuests, type Guest, type Guests } from "./guests.ts";
import type { Unit } from "./unit.ts";

/** Stands for the component in lines of the log that are about all of them. */
const wholeWorkload = "*";

/** Serves one workload over this port until the worker ends. */
export function serveWorkload(port: Port): void {
  let guests: Guests | undefined;
  const linked = (): Guests => {
    if (guests === undefined) throw new Error("nothing is loaded");
    return guests;
  };
  const peer = new Peer(port, {
    methods: {
      ping: () => peer.notify("pong", undefined),
      load: async (input: LoadInput): Promise<readonly ComponentShape[]> => {
        guests = await loadGuests(input, peer);
        return guests.shapes;
      },
      link: async (request: LinkInput) => {
        await linked().link(request);
        const { cpuMillicores: millicores } = request;
        const log = (entry: LogEntry) => peer.notify("log", { component: wholeWorkload, entry });
        if (millicores !== undefined) limitCpu({ millicores, log, beforePause: () => peer.flush() });
      },
      call: (input: CallInput, call) =>
        withTrace(call.traceparent, () => callFunction(linked().get(input.component), input, call)),
      http: (input: HttpInput, call) =>
        withTrace(call.traceparent, () => answerHttp(peer, linked().get(input.component), input, call)),
      service: () => runService(linked().service),
    },
    toPlainError,
    fromPlainError: ({ message, payload }) =>
      payload === undefined ? new Error(message) : new ComponentError(payload.value),
  });
}

/** Runs `use` with a unit of the guest; one that is given up, or fails, is not used again. */
async function withUnit<T>(guest: Guest, { signal }: PeerCall, use: (unit: Unit) => Promise<T>): Promise<T> {
  const unit = await guest.pool.take(signal);
  let isFit = false;
  try {
    const work = use(unit);
    try {
      guest.pool.begun(unit);
    } catch (error) {
      work.catch(() => undefined);
      throw error;
    }
    const value = await untilAborted(work, signal);
    isFit = true;
    return value;
  } catch (error) {
    // an error of the interface is an answer
    isFit = error instanceof ComponentError;
    throw error;
  } finally {
    guest.pool.giveBack(unit, isFit);
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new Error("the call was given up"));
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function callFunction(
  guest: Guest,
  { interfaceName, functionName, args }: CallInput,
  call: PeerCall,
): Promise<unknown> {
  return withUnit(guest, call, async ({ root }) => {
    const run = root.instance.getInterface(interfaceName)[functionName];
    if (run === undefined) throw new Error(`${interfaceName} has no function ${functionName}`);
    return run(...args);
  });
}

async function answerHttp(peer: Peer, guest: Guest, input: HttpInput, call: PeerCall): Promise<void> {
  const { request, head, body, hasTrailers } = input;
  const incoming = receiveBody(peer, body);
  const handle = ({ root }: Unit) =>
    root.wasi.handleIncoming(root.instance.exports, {
      method: head.method,
      pathWithQuery: head.pathWithQuery,
      scheme: head.scheme === "https" ? "HTTPS" : "HTTP",
      authority: head.authority,
      headers: head.headers,
      ...(incoming !== undefined && { body: incoming }),
      ...(hasTrailers && { trailers: trailersOf(incoming) }),
    });
  const send = async (answered: HttpResponse) => {
    const { status, headers, body: answer, done } = answered;
    const { wire, sent } = sendBody(peer, answer, () => answered.trailers());
    const event: HeadEvent = { request, status, headers, body: wire };
    peer.notify("head", event);
    // A body that breaks off has told its reader already.
    await Promise.allSettled([sent]);
    await done;
  };
  try {
    // A body that has yet to come can be read only once.
    const mayRepeat = incoming === undefined || incoming instanceof Uint8Array;
    const isAnswered = await withUnit(guest, call, async (unit) => {
      const attempted = mayRepeat ? attemptIn(unit, guest, () => handle(unit)) : "not made";
      if (attempted === "lost") return false;
      await send(await (attempted === "not made" ? handle(unit) : attempted));
      return true;
    });
    if (!isAnswered) await withUnit(guest, call, async (unit) => send(await handle(unit)));
  } finally {
    if (incoming !== undefined && !(incoming instanceof Uint8Array)) incoming.cancel();
  }
}

/** What an attempt of the call answers; `lost` when the unit cannot be used again after it. */
function attemptIn<T>(unit: Unit, { attempts }: Guest, call: () => T): T | "not made" | "lost" {
  let wasMade = false;
  const answer = attempts.run(unit.instances, () => {
    wasMade = true;
    return call();
  });
  if (answer !== undefined) return answer.value;
  return wasMade && !unit.tidy() ? "lost" : "not made";
}

async function runService(service: Guest | undefined): Promise<void> {
  if (service === undefined) throw new Error("the workload has no service");
  const never = new AbortController().signal;
  await withUnit(service, { traceparent: undefined, signal: never }, async ({ root }) => {
    const name = findCompatible("wasi:cli/run@0.2.0", Object.keys(root.instance.exports));
    if (name === undefined) throw new Error("the service does not export wasi:cli/run");
    try {
      await root.instance.getInterface(name)["run"]?.();
    } catch (error) {
      if (error instanceof ComponentError) throw new Error("it ended with an error", { cause: error });
      if (!(error instanceof ComponentExit)) throw error;
      if (error.code !== 0) throw new Error(`it exited with status ${error.code}`, { cause: error });
    }
  });
}

function toPlainError(error: unknown): PlainError {
  if (error instanceof ComponentError) {
    return { code: failureCode.interface, message: error.message, payload: { value: error.payload } };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof HttpFailure) return { code: failureCode.trapped, message: `it answered with ${message}` };
  return { code: failureCode.trapped, message };
}
