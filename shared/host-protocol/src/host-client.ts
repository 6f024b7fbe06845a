/** Asks hosts over the host protocol: any host that speaks it, ours or wasmCloud's. */
import { type NatsConnection, RequestError, TimeoutError } from "@nats-io/nats-core";
import type { z } from "zod";
import { decodeMessage, encodeMessage, UnreadableMessage } from "./json-mapping.ts";
import {
  HostHeartbeat,
  WorkloadIdRequest,
  WorkloadStartRequest,
  type WorkloadStatus,
  WorkloadStatusReply,
} from "./messages.ts";
import { answerWithinMs, heartbeatSubject, type HostOperation, hostSubject } from "./subjects.ts";

/**
 * `ServiceUnavailable`: nobody listens there, nothing was done. `RequestTimeout`: no answer in time, it may have been done.
 * `InvalidReply`: an answer that is none. `ConnectionFailed`: NATS itself; it may have been done.
 */
export type HostCallCode = "ServiceUnavailable" | "RequestTimeout" | "InvalidReply" | "ConnectionFailed";

/** A host that could not be asked. */
export class HostCallFailed extends Error {
  override readonly name = "HostCallFailed";
  readonly code: HostCallCode;
  readonly hostId: string;

  constructor(code: HostCallCode, hostId: string, message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
    this.hostId = hostId;
  }
}

export type HostCallOptions = {
  /** Instead of the protocol's own time. */
  timeoutMs?: number;
};

/** Calls reject with `HostCallFailed`. What a host refuses is a status: ERROR or NOT_FOUND, with its message. */
export type HostClient = {
  heartbeat(hostId: string, options?: HostCallOptions): Promise<HostHeartbeat>;
  start(
    hostId: string,
    request: z.input<typeof WorkloadStartRequest>,
    options?: HostCallOptions,
  ): Promise<WorkloadStatus>;
  status(hostId: string, workloadId: string, options?: HostCallOptions): Promise<WorkloadStatus>;
  stop(hostId: string, workloadId: string, options?: HostCallOptions): Promise<WorkloadStatus>;
};

/** Hosts reached over this connection. */
export function hostClient(nc: NatsConnection): HostClient {
  const ask = async <S extends z.ZodObject>(
    hostId: string,
    operation: HostOperation,
    body: Uint8Array,
    reply: S,
    { timeoutMs = answerWithinMs[operation] }: HostCallOptions = {},
  ): Promise<z.output<S>> => {
    try {
      const answer = await nc.request(hostSubject(hostId, operation), body, { timeout: timeoutMs });
      return decodeMessage(`answer of host ${hostId} to ${operation}`, reply, answer.data);
    } catch (error) {
      throw callFailed(error, hostId, operation, timeoutMs);
    }
  };
  const askStatus = async (hostId: string, operation: HostOperation, body: Uint8Array, options?: HostCallOptions) => {
    const { workloadStatus } = await ask(hostId, operation, body, WorkloadStatusReply, options);
    if (workloadStatus !== undefined) return workloadStatus;
    throw new HostCallFailed(
      "InvalidReply",
      hostId,
      `host ${hostId} answered ${operation} without a status`,
      undefined,
    );
  };
  const byId = (workloadId: string) => encodeMessage(WorkloadIdRequest, { workloadId });

  return {
    heartbeat: (hostId, options) => ask(hostId, "heartbeat", new Uint8Array(0), HostHeartbeat, options),
    start: (hostId, request, options) =>
      askStatus(hostId, "workload.start", encodeMessage(WorkloadStartRequest, request), options),
    status: (hostId, workloadId, options) => askStatus(hostId, "workload.status", byId(workloadId), options),
    stop: (hostId, workloadId, options) => askStatus(hostId, "workload.stop", byId(workloadId), options),
  };
}

function callFailed(error: unknown, hostId: string, operation: HostOperation, timeoutMs: number): Error {
  if (error instanceof TypeError) return error;
  const failed = (code: HostCallCode, message: string) => new HostCallFailed(code, hostId, message, error);
  if (error instanceof RequestError && error.isNoResponders()) {
    return failed("ServiceUnavailable", `host ${hostId} is not there: nobody answers ${operation}`);
  }
  if (error instanceof TimeoutError) {
    return failed("RequestTimeout", `host ${hostId} did not answer ${operation} within ${timeoutMs / 1_000} s`);
  }
  if (error instanceof UnreadableMessage) return failed("InvalidReply", error.message);
  const words = error instanceof Error ? error.message : String(error);
  return failed("ConnectionFailed", `could not ask host ${hostId} for ${operation}: ${words}`);
}

export type HeartbeatListener = {
  readonly onHeartbeat: (heartbeat: HostHeartbeat) => void;
  /** A message that is no heartbeat, or one of a host under another's subject. */
  readonly onBad?: (error: Error) => void;
};

/** Those who listen keep the last one of each host. */
const maxHeartbeatBytes = 64 * 1024;

/** Listens to the heartbeats of all hosts until closed. A heartbeat's id is the last token of its subject. */
export function watchHeartbeats(nc: NatsConnection, { onHeartbeat, onBad }: HeartbeatListener): { close(): void } {
  const subscription = nc.subscribe(heartbeatSubject("*"), {
    callback: (error, message) => {
      if (error) return onBad?.(error);
      if (message.data.length > maxHeartbeatBytes) {
        return onBad?.(new UnreadableMessage(`HostHeartbeat: ${message.data.length} bytes on ${message.subject}`));
      }
      try {
        const heartbeat = decodeMessage("HostHeartbeat", HostHeartbeat, message.data);
        if (heartbeatSubject(heartbeat.id) === message.subject) onHeartbeat(heartbeat);
        else onBad?.(new UnreadableMessage(`HostHeartbeat: id ${heartbeat.id} came on ${message.subject}`));
      } catch (bad) {
        if (!(bad instanceof UnreadableMessage)) throw bad;
        onBad?.(bad);
      }
    },
  });
  return { close: () => subscription.unsubscribe() };
}
