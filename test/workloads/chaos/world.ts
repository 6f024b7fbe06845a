/** What is struck: nats-server, schedulers, hosts, all of them processes, and two deployments that run on them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scheduler } from "@holdfast/contracts";
import { guest } from "@holdfast/guests";
import { type Client, client } from "@holdfast/micro";
import { generateMeshPasswords, renderMeshConfig } from "@holdfast/nats-server";
import {
  type MeshNats,
  startMesh,
  startMeshNats,
  startNatsCluster,
  temporaryFolder,
  type TestMesh,
  type TestNats,
  waitFor,
} from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/transport-node";
import { deployment } from "../platform.ts";
import { type HelloVersion, helloVersion } from "./hello.ts";

/** Losses are to be seen within a run of seconds. */
const timing = {
  HOLDFAST_HOST_HEARTBEAT_INTERVAL: "1s",
  HOLDFAST_SCHEDULER_HOST_SILENT_AFTER: "4s",
  HOLDFAST_SCHEDULER_HOST_GONE_AFTER: "6s",
  HOLDFAST_HOST_STOP_GRACE: "5s",
  // a machine that runs this is busy: its CPU says nothing about the hosts
  HOLDFAST_SCHEDULER_MAX_CPU: "100",
};

/** Deployment -> its replicas. `hello` gets new versions on the way; each call of `slow` takes a while. */
export const replicas = { hello: 3, slow: 3 } as const;
export type DeploymentName = keyof typeof replicas;
export const deploymentNames: readonly DeploymentName[] = ["hello", "slow"];

/** Where a host answers; a host that comes back answers there again. */
export type HostAddress = { readonly index: number; readonly id: string; readonly http: string };

export type World = AsyncDisposable & {
  readonly mesh: TestMesh;
  readonly nc: NatsConnection;
  readonly api: Client<typeof scheduler>;
  readonly hosts: readonly HostAddress[];
  readonly schedulers: number;
  /** Servers of a cluster; none where there is only one, which is left alone. */
  readonly servers: readonly TestNats[];
  /** Brings a version of `hello` out; resolves when that is accepted, not when it is done. */
  applyHello(version: HelloVersion): Promise<void>;
};

type Shape = { readonly hosts: number; readonly schedulers: number; readonly isCluster: boolean };

/** Starts everything and waits until both deployments run. */
export async function startWorld(shape: Shape): Promise<World> {
  const stack = new AsyncDisposableStack();
  try {
    const { nats, servers } = await startServers(shape, stack);
    const folder = stack.use(await temporaryFolder("holdfast-chaos-"));
    const images = await writeImages(folder.path);
    const env = {
      ...timing,
      HOLDFAST_HOST_FILE_ROOTS: folder.path,
      ...(shape.isCluster && {
        HOLDFAST_NATS_URL: servers.map(({ url }) => url).join(","),
        HOLDFAST_SCHEDULER_REPLICAS: "3",
      }),
    };
    const nothingElse = { edges: 0, auth: 0, objectMetadata: 0, multipart: 0 };
    const mesh = stack.use(
      await startMesh({ ...nothingElse, scheduler: shape.schedulers, hosts: shape.hosts, nats, env }),
    );
    const servingUrls = servers.length > 0 ? servers.map(({ url }) => url) : [nats.url];
    const nc = await mesh.connectAdmin({ servers: servingUrls, maxReconnectAttempts: -1, reconnectTimeWait: 200 });
    stack.defer(() => nc.close());
    const world = toWorld({ mesh, nc, servers, schedulers: shape.schedulers, images, stack });
    await world.api.Apply({ documents: [deployment("slow", images.slow, replicas.slow)] });
    await world.applyHello("v1");
    await waitFor(() => areAllRunning(world), { timeoutMs: 60_000, intervalMs: 200, what: "both deployments" });
    return world;
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function startServers({ isCluster }: Shape, stack: AsyncDisposableStack) {
  if (!isCluster) return { nats: stack.use(await startMeshNats()), servers: [] };
  const passwords = generateMeshPasswords();
  const config = renderMeshConfig({ users: { passwords } });
  const { servers } = stack.use(await startNatsCluster({ config, connect: { user: "admin", pass: passwords.admin } }));
  const [first] = servers;
  if (first === undefined) throw new Error("the cluster has no server");
  const nats: MeshNats = Object.defineProperty(first as MeshNats, "passwords", { value: passwords });
  return { nats, servers };
}

type Images = Record<HelloVersion | "slow", string>;

async function writeImages(folder: string): Promise<Images> {
  const write = async (name: string, component: Uint8Array) => {
    const path = join(folder, `${name}.wasm`);
    await writeFile(path, component);
    return `file://${path}`;
  };
  const [v1, v2, slow] = await Promise.all([helloVersion("v1"), helloVersion("v2"), guest("http-sleep")]);
  return { v1: await write("v1", v1), v2: await write("v2", v2), slow: await write("slow", slow) };
}

type Parts = Pick<World, "mesh" | "nc" | "servers" | "schedulers"> & { images: Images; stack: AsyncDisposableStack };

function toWorld({ images, stack, ...parts }: Parts): World {
  const api = client(parts.nc, scheduler);
  return {
    ...parts,
    api,
    hosts: parts.mesh.hosts.map(({ index, id, http }) => ({ index, id, http })),
    async applyHello(version) {
      const documents = [deployment("hello", images[version], replicas.hello)];
      // the instance that was asked may die over it
      await waitFor(async () => (await api.Apply({ documents })).isApplied, { timeoutMs: 30_000, intervalMs: 200 });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function areAllRunning({ api }: World): Promise<boolean> {
  const { objects } = await api.List({ kind: "WorkloadDeployment" });
  return (
    objects.length === deploymentNames.length &&
    objects.every(({ status }) => status.phase === "Running" && status.replicas?.ready === status.replicas?.expected)
  );
}

/** The place of the scheduler that leads, among the mesh's schedulers; undefined while nobody does. */
export async function leaderOf({ api, mesh }: World): Promise<number | undefined> {
  const { leader } = await api.DescribeScheduler({}).catch(() => ({ leader: undefined }));
  return mesh.processes.find(
    ({ service, process }) => service === "scheduler" && process.ready["instance"] === leader?.instance,
  )?.index;
}
