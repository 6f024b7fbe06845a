/** Streams that are made by whoever needs them first. */
import type { NatsConnection } from "@nats-io/nats-core";
import { apiRequest } from "./calls.ts";
import { isStorageError } from "./errors.ts";

/** A stream's settings in JetStream's own words; `name` aside, the server says what it does not know. */
export type StreamSettings = { readonly name: string; readonly subjects: readonly string[] } & Readonly<
  Record<string, unknown>
>;

/** What is looked at of a stream's settings. */
export type StreamShape = {
  readonly replicas: number;
  /** Messages kept on each subject; less than one: all. */
  readonly perSubject: number;
};

/** Undefined when there is none of that name. Rejects with StorageError. */
export async function findStream(nc: NatsConnection, name: string): Promise<StreamShape | undefined> {
  try {
    return shapeOf(await apiRequest(nc, `STREAM.INFO.${name}`, undefined, { operation: "info" }));
  } catch (error) {
    if (isStorageError(error, "NoSuchStream")) return undefined;
    throw error;
  }
}

/** Makes a stream on files, unless there is one of that name, which keeps its settings. Rejects with StorageError. */
export async function ensureStream(nc: NatsConnection, settings: StreamSettings): Promise<StreamShape> {
  const { name } = settings;
  const found = await findStream(nc, name);
  if (found !== undefined) return found;
  try {
    return shapeOf(
      await apiRequest(nc, `STREAM.CREATE.${name}`, { retention: "limits", storage: "file", ...settings }),
    );
  } catch (error) {
    // somebody was faster, with other settings; or the answer got lost
    const made = await findStream(nc, name);
    if (made === undefined) throw error;
    return made;
  }
}

function shapeOf(answer: unknown): StreamShape {
  const config = field(answer, "config");
  const number = (name: string, fallback: number) => {
    const value = field(config, name);
    return typeof value === "number" ? value : fallback;
  };
  return { replicas: number("num_replicas", 1), perSubject: number("max_msgs_per_subject", -1) };
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
