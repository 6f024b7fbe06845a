import { createHash } from "node:crypto";
import { multipart, objectMetadata } from "@holdfast/contracts";
import { type Client, client, fail, type Handlers, serve } from "@holdfast/micro";
import { readObject } from "@holdfast/object-layout";
import { createLogger, metrics } from "@holdfast/runtime";
import { startNats, temporaryFolder, type TestNats } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/nats-core";
import { ObjectMetadataConfig } from "../src/config.ts";
import { type Instance, startObjectMetadata } from "../src/start.ts";

/** With a connection, to read what records name. */
export type Api = Client<typeof objectMetadata> & { readonly nc: NatsConnection };

export type Bench = AsyncDisposable & {
  nats: TestNats;
  nc: NatsConnection;
  /** Goes to any instance. */
  api: Api;
  dataDir: string;
  /** Starts a further instance; `api` goes to this one alone. */
  start(env?: Record<string, string>): Promise<{ instance: Instance; api: Api; nc: NatsConnection }>;
};

/** Where the instances connect to, each in its turn. */
export type Source = {
  nats: TestNats;
  connect: (instance: number) => Promise<NatsConnection>;
  stop: () => Promise<void>;
};

async function oneServer(): Promise<Source> {
  const nats = await startNats();
  return { nats, connect: () => nats.connect(), stop: () => nats.stop() };
}

/** A server (or what is given) and one instance that sweeps only when asked. */
export async function startBench(env: Record<string, string> = {}, source?: Source): Promise<Bench> {
  const { nats, connect, stop } = source ?? (await oneServer());
  const folder = await temporaryFolder("object-metadata-");
  const instances: Instance[] = [];
  const log = createLogger("object-metadata", "fatal");
  const start: Bench["start"] = async (more = {}) => {
    const nc = await connect(instances.length);
    const config = ObjectMetadataConfig.parse({
      HOLDFAST_DATA_DIR: folder.path,
      HOLDFAST_SWEEP_INTERVAL: "0",
      ...env,
      ...more,
    });
    const instance = await startObjectMetadata({ nc, config, log, metrics });
    instances.push(instance);
    return { instance, api: direct(instance, nc), nc };
  };
  const { nc } = await start();
  return {
    nats,
    nc,
    api: { ...client(nc, objectMetadata), nc },
    dataDir: folder.path,
    start,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(instances.map((instance) => instance.drain()));
      await stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Calls an instance's handlers past the mesh, to know which instance answers. */
function direct({ handlers }: Instance, nc: NatsConnection): Api {
  const call =
    (operation: keyof Handlers<typeof objectMetadata>) =>
    (input: unknown, options: { body?: Uint8Array } = {}) => {
      const parsed = objectMetadata.endpoints[operation].input.parse(input);
      const context = {
        body: options.body ?? new Uint8Array(),
        signal: new AbortController().signal,
        deadline: Date.now() + 30_000,
        requestId: "test",
      };
      // one function for all operations: the types of each are the contract's
      return (handlers[operation] as (input: unknown, call: unknown) => Promise<unknown>)(parsed, context);
    };
  const names = Object.keys(objectMetadata.endpoints) as (keyof Handlers<typeof objectMetadata>)[];
  return { ...Object.fromEntries(names.map((name) => [name, call(name)])), nc } as unknown as Api;
}

const attributes = { headers: { "content-type": "text/plain" }, userMetadata: {}, tags: [], storageClass: "STANDARD" };

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function etagOf(body: Uint8Array): string {
  return createHash("md5").update(body).digest("hex");
}

export function put(
  api: Api,
  key: string,
  content: string | Uint8Array,
  conditions: { ifMatch?: string; ifNoneMatch?: "*" } = {},
  bucket = "b",
) {
  const body = typeof content === "string" ? bytesOf(content) : content;
  const sha256 = createHash("sha256").update(body).digest("base64url");
  return api.PutObject({ bucket, key, attributes, etag: etagOf(body), sha256, conditions }, { body });
}

/** The bytes of an object, read as an edge reads them. */
export async function read(api: Api, key: string, bucket = "b"): Promise<Buffer> {
  const { object } = await api.ResolveObject({ bucket, key });
  const pieces: Uint8Array[] = [];
  for await (const piece of readObject(api.nc, object, { bucket })) pieces.push(piece);
  return Buffer.concat(pieces);
}

export async function get(api: Api, key: string, bucket = "b"): Promise<string> {
  return (await read(api, key, bucket)).toString();
}

export async function listAll(
  api: Api,
  query: { prefix?: string; delimiter?: string; maxKeys?: number } = {},
  bucket = "b",
) {
  const keys: string[] = [];
  const commonPrefixes: string[] = [];
  for (let startAfter = ""; ;) {
    const page = await api.ListObjects({ bucket, ...query, startAfter });
    keys.push(...page.objects.map((object) => object.key));
    commonPrefixes.push(...page.commonPrefixes);
    if (!page.isTruncated || page.next === undefined) return { keys, commonPrefixes };
    startAfter = page.next;
  }
}

/** Stands in for multipart where a test needs its answer. */
export function serveLiveUploads(nc: NatsConnection, uploadIds: () => string[]) {
  const unused = () => Promise.reject(fail("SlowDown", "not part of this test"));
  const names = Object.keys(multipart.endpoints);
  const handlers = Object.fromEntries(names.map((name) => [name, unused]));
  handlers["ListLiveUploads"] = (() => Promise.resolve({ uploadIds: uploadIds() })) as never;
  return serve(nc, multipart, handlers as unknown as Handlers<typeof multipart>);
}

/** The code that a call rejects with; "none" when it resolves. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "none";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

/** A small seeded generator, so that a failure can be repeated. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
