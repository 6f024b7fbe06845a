/** wasmCloud's host protocol, served: `runtime.host.<id>.*`, core request and reply (shared/host-protocol). */
import {
  decodeMessage,
  encodeMessage,
  HostHeartbeat,
  type HostOperation,
  hostOperations,
  hostSubject,
  UnreadableMessage,
  WorkloadIdRequest,
  WorkloadStartRequest,
  type WorkloadStatus,
  WorkloadStatusReply,
} from "@holdfast/host-protocol";
import { extractTrace, type Logger, SpanKind, withSpan } from "@holdfast/runtime";
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import type { Host } from "./host.ts";

type Answer = (body: Uint8Array) => Promise<Uint8Array>;

const withStatus = (workloadStatus: WorkloadStatus) => encodeMessage(WorkloadStatusReply, { workloadStatus });
const idIn = (body: Uint8Array) => decodeMessage("request", WorkloadIdRequest, body).workloadId;

function answers(host: Host): Readonly<Record<HostOperation, Answer>> {
  return {
    heartbeat: async () => encodeMessage(HostHeartbeat, await host.heartbeat()),
    "workload.start": async (body) =>
      withStatus(await host.start(decodeMessage("WorkloadStartRequest", WorkloadStartRequest, body))),
    "workload.status": async (body) => withStatus(host.status(idIn(body))),
    "workload.stop": async (body) => withStatus(host.stop(idIn(body))),
  };
}

/** Answers until closed. Resolves when the server knows of it. */
export async function serveProtocol(nc: NatsConnection, host: Host, log: Logger): Promise<{ close(): void }> {
  const table = answers(host);
  const subscriptions = hostOperations.map((operation) =>
    nc.subscribe(hostSubject(host.id, operation), {
      callback: (error, message) => {
        if (error) log.error({ err: error, operation }, "subscription failed");
        else void answer(message, operation, table[operation], log);
      },
    }),
  );
  await nc.flush();
  return {
    close: () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}

/** Never rejects. What cannot be read is answered as a failed workload: callers look nowhere else. */
async function answer(message: Msg, operation: HostOperation, run: Answer, log: Logger): Promise<void> {
  const settings = { kind: SpanKind.SERVER, parent: extractTrace(message.headers) };
  try {
    message.respond(await withSpan(`host-agent/${operation}`, () => run(message.data), settings));
  } catch (error) {
    const isTheirs = error instanceof UnreadableMessage;
    if (!isTheirs) log.error({ err: error, operation }, "unexpected error");
    const text = isTheirs ? error.message : `${operation} failed unexpectedly`;
    message.respond(withStatus({ workloadId: "", workloadState: "WORKLOAD_STATE_ERROR", message: text }));
  }
}
