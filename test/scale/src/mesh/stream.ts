/** A bucket's stream, asked by the operator. */
import type { NatsConnection } from "@nats-io/nats-core";

export type StreamState = {
  readonly messages: number;
  readonly bytes: number;
  readonly subjects: number;
  /** Name of the server that leads, where there is a cluster. */
  readonly leader: string | undefined;
  /** How many followers hold everything. */
  readonly currentReplicas: number;
};

type Info = {
  error?: { description?: string };
  state?: { messages: number; bytes: number; num_subjects?: number };
  cluster?: { leader?: string; replicas?: { current: boolean; lag?: number; offline?: boolean }[] };
};

/** Rejects when there is no such stream, or nobody answers for it just now. */
export async function streamState(admin: NatsConnection, bucket: string): Promise<StreamState> {
  const answer = await admin.request(`$JS.API.STREAM.INFO.OBJ_${bucket}`, undefined, { timeout: 5_000 });
  const { error, state, cluster } = answer.json<Info>();
  if (state === undefined) throw new Error(`stream of ${bucket}: ${error?.description ?? "no answer"}`);
  const replicas = cluster?.replicas ?? [];
  return {
    messages: state.messages,
    bytes: state.bytes,
    subjects: state.num_subjects ?? 0,
    leader: cluster?.leader,
    currentReplicas: replicas.filter(({ current, lag = 0, offline }) => current && lag === 0 && offline !== true)
      .length,
  };
}
