/** A host as the wire shows it: wasmCloud's protocol, and, when it is one of Holdfast's, the list of what it runs. */
import {
  decodeMessage,
  encodeMessage,
  HostHeartbeat,
  heartbeatSubject,
  hostSubject,
  type WorkloadState,
  WorkloadStartRequest,
  WorkloadStatusReply,
} from "@holdfast/host-protocol";
import type { TestNats } from "@holdfast/testkit";
import type { Msg, NatsConnection, Subscription } from "@nats-io/nats-core";
import { z } from "zod";

const gibibyte = 1024 ** 3;
type Options = { ours?: boolean; labels?: Record<string, string>; beatMs?: number } & Partial<
  Pick<HostHeartbeat, "environment">
>;

export class HostStandIn implements AsyncDisposable {
  readonly id: string;
  readonly started: z.output<typeof WorkloadStartRequest>[] = [];
  readonly running = new Map<string, WorkloadState>();
  /** What a start is answered with instead of running. */
  refusal: string | undefined;
  #listening: Subscription[] = [];
  readonly #nc: NatsConnection;
  readonly #options: Options;
  readonly #beating: NodeJS.Timeout;
  readonly #startedAt = new Date().toISOString();
  #state = "ready";

  private constructor(nc: NatsConnection, id: string, options: Options) {
    this.#nc = nc;
    this.id = id;
    this.#options = options;
    this.listen();
    this.#beating = setInterval(() => this.beat(), options.beatMs ?? 200);
    this.beat();
  }

  static async start(nats: Pick<TestNats, "connect">, id: string, options: Options = {}): Promise<HostStandIn> {
    const host = new HostStandIn(await nats.connect({ reconnectTimeWait: 100, maxReconnectAttempts: -1 }), id, options);
    await host.#nc.flush();
    return host;
  }

  beat(): void {
    const { ours, labels, environment = "" } = this.#options;
    const heartbeat = {
      id: this.id,
      startedAt: this.#startedAt,
      labels: { hostgroup: "default", ...labels, ...(ours && { "holdfast.dev/state": this.#state }) },
      systemMemoryTotal: 8 * gibibyte,
      systemMemoryFree: 4 * gibibyte,
      systemCpuUsage: 5,
      environment,
    };
    this.#nc.publish(heartbeatSubject(this.id), encodeMessage(HostHeartbeat, heartbeat));
  }

  /** Answers nothing from now on, though it says that it lives. */
  goDeaf(): void {
    for (const subscription of this.#listening) subscription.unsubscribe();
    this.#listening = [];
  }

  /** Says no more by itself that it lives; answers as before. */
  mute(): void {
    clearInterval(this.#beating);
  }

  /** As SIGTERM does to a host of ours. */
  drain(): void {
    this.#state = "draining";
    this.beat();
  }

  /** Names of the workloads that run here. */
  names(): string[] {
    const names = new Map(this.started.map(({ workloadId, workload }) => [workloadId, workload?.name ?? ""]));
    return [...this.running.keys()].map((id) => names.get(id) ?? id);
  }

  /** Gone without a word. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beating);
    await this.#nc.close();
  }

  /** As at the start. */
  listen(): void {
    this.#answer("workload.start", (data) => this.#start(decodeMessage("start", WorkloadStartRequest, data)));
    this.#answer("workload.stop", (data) => this.#stop(idOf(data)));
    this.#answer("workload.status", (data) => this.#status(idOf(data)));
    if (!this.#options.ours) return;
    const callback = (_error: unknown, message: Msg) => void message.respond(this.#list());
    this.#listening.push(this.#nc.subscribe(`host-agent.v1.${this.id}.ListWorkloads`, { callback }));
  }

  #answer(
    operation: "workload.start" | "workload.stop" | "workload.status",
    answer: (data: Uint8Array) => Uint8Array,
  ): void {
    const callback = (_error: unknown, message: Msg) => void message.respond(answer(message.data));
    this.#listening.push(this.#nc.subscribe(hostSubject(this.id, operation), { callback }));
  }

  #start(request: z.output<typeof WorkloadStartRequest>): Uint8Array {
    const { workloadId } = request;
    if (this.running.has(workloadId)) return reply(workloadId, "WORKLOAD_STATE_ERROR", "duplicate id");
    if (this.refusal !== undefined) return reply(workloadId, "WORKLOAD_STATE_ERROR", this.refusal);
    this.started.push(request);
    this.running.set(workloadId, "WORKLOAD_STATE_RUNNING");
    return this.#status(workloadId);
  }

  #stop(workloadId: string): Uint8Array {
    const wasThere = this.running.delete(workloadId);
    return reply(workloadId, wasThere ? "WORKLOAD_STATE_STOPPING" : "WORKLOAD_STATE_NOT_FOUND");
  }

  #status(workloadId: string): Uint8Array {
    return reply(workloadId, this.running.get(workloadId) ?? "WORKLOAD_STATE_NOT_FOUND");
  }

  #list(): string {
    const workloads = [...this.running].map(([workloadId, state]) => ({
      workloadId,
      namespace: "default",
      name: "w",
      state,
      message: "",
      startedAt: 0,
      restarts: 0,
      components: [],
    }));
    return JSON.stringify({ workloads });
  }
}

const idOf = (data: Uint8Array) => decodeMessage("id", z.object({ workloadId: z.string() }), data).workloadId;
const reply = (workloadId: string, workloadState: WorkloadState, message = "") =>
  encodeMessage(WorkloadStatusReply, { workloadStatus: { workloadId, workloadState, message } });
