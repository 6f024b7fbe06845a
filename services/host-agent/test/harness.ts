/** A host of our own with guests as `file://` images, and workloads on it. */
import { type GuestName, guestFile } from "@holdfast/guests";
import { type HostClient, hostClient, type WitInterface, type WorkloadStatus } from "@holdfast/host-protocol";
import { startHost, startNats, type TestHost, type TestNats } from "@holdfast/testkit";
import { hostAgent } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import type { Client, InputOf } from "@holdfast/micro/contract";
import type { NatsConnection } from "@nats-io/nats-core";
import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

export type Harness = AsyncDisposable & {
  readonly nats: TestNats;
  readonly nc: NatsConnection;
  readonly host: TestHost;
  readonly protocol: HostClient;
  readonly agent: Client<typeof hostAgent>;
  /** Starts components, by default reachable over HTTP under a host name of their own. */
  run(...components: (GuestName | ComponentSpec)[]): Promise<RunningWorkload>;
  start(workload: WorkloadSpec, workloadId?: string): Promise<WorkloadStatus & { workloadId: string }>;
};

type StartInput = InputOf<(typeof hostAgent)["endpoints"]["StartWorkload"]>;
export type WorkloadSpec = Partial<NonNullable<StartInput["workload"]>>;
export type ComponentSpec = NonNullable<NonNullable<NonNullable<WorkloadSpec["witWorld"]>["components"]>[number]>;

export type RunningWorkload = {
  readonly workloadId: string;
  readonly hostName: string;
  readonly status: WorkloadStatus;
  get(path: string, options?: CallOptions): Promise<HttpAnswer>;
};

export type CallOptions = {
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
};
export type HttpAnswer = { status: number; headers: NodeJS.Dict<string | string[]>; body: string; bytes: Buffer };

export const http = (interfaces: string[], config: Record<string, string> = {}): Partial<WitInterface> => {
  return { namespace: "wasi", package: "http", interfaces, config };
};

/** The image of a named guest. */
export async function imageOf(name: GuestName): Promise<string> {
  return pathToFileURL(await guestFile(name)).href;
}

export async function startHarness(env: Record<string, string> = {}): Promise<Harness> {
  const guests = dirname(await guestFile("http-hello"));
  const nats = await startNats();
  const host = await startHost({ natsUrl: nats.url, env: { HOLDFAST_HOST_FILE_ROOTS: guests, ...env } });
  const nc = await nats.connect();
  const protocol = hostClient(nc);
  const start = async (workload: WorkloadSpec, workloadId = randomUUID() as string) => {
    return protocol.start(host.id, { workloadId, workload: { namespace: "test", name: "workload", ...workload } });
  };
  return {
    nats,
    nc,
    host,
    protocol,
    agent: client(nc, hostAgent, { instance: host.id }),
    start,
    async run(...components) {
      const specs = await Promise.all(components.map((each) => specOf(each)));
      const hostName = `${randomUUID()}.test`;
      const hostInterfaces = [http(["incoming-handler", "outgoing-handler"], { host: hostName })];
      const status = await start({ witWorld: { components: specs, hostInterfaces } });
      const get = (path: string, options?: CallOptions) => call(host.http, hostName, path, options);
      return { workloadId: status.workloadId, hostName, status, get };
    },
    async [Symbol.asyncDispose]() {
      await host.stop();
      await nats.stop();
    },
  };
}

async function specOf(component: GuestName | ComponentSpec): Promise<ComponentSpec> {
  return typeof component === "string" ? { name: component, image: await imageOf(component) } : component;
}

/** One HTTP request with a Host header of its own. */
export async function call(
  url: string,
  hostName: string,
  path: string,
  options: CallOptions = {},
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const { method = "GET", headers = {}, body } = options;
  const sent = request(new URL(path, url), { method, headers: { ...headers, host: hostName } }, (response) => {
    const collect = async () => {
      const bytes = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>));
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString("utf8"), bytes });
    };
    collect().catch(reject);
  });
  sent.on("error", reject).end(body);
  return promise;
}
