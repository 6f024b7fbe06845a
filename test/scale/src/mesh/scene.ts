/** A mesh of real processes, and what a section needs to load and to look at it. */
import { findNatsServer } from "@holdfast/nats-server";
import { type Measured, S3Client, type Target } from "@holdfast/test-bench";
import { startMesh, type TestMesh, type TestMeshOptions } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/nats-core";

export type Scene = AsyncDisposable & {
  readonly mesh: TestMesh;
  /** One client for each edge, in order. */
  readonly clients: readonly S3Client[];
  /** The first of them. */
  readonly client: S3Client;
  readonly admin: NatsConnection;
  /** Every process of the moment, by name; several of a service are numbered from 1. */
  readonly processes: () => Measured[];
};

export async function startScene(options: TestMeshOptions = {}): Promise<Scene> {
  const mesh = await startMesh(options);
  try {
    return await sceneOf(mesh);
  } catch (error) {
    await mesh.stop();
    throw error;
  }
}

async function sceneOf(mesh: TestMesh): Promise<Scene> {
  const clients = mesh.edges.map(({ endpoint }) => clientOf({ endpoint, ...mesh.credentials }));
  const [client] = clients;
  if (client === undefined) throw new Error("the mesh started without an edge");
  const admin = await mesh.connectAdmin({ maxReconnectAttempts: -1 });
  return {
    mesh,
    clients,
    client,
    admin,
    processes: () => [
      { name: "nats-server", pid: mesh.nats.pid },
      ...mesh.processes.map(({ service, index, pid, admin }) => ({ name: nameOf(mesh, service, index), pid, admin })),
    ],
    async [Symbol.asyncDispose]() {
      for (const open of clients) open.close();
      await admin.close();
      await mesh.stop();
    },
  };
}

/** Four bodies of 1 GiB at once take minutes on a busy machine. Beyond that, an answer that does not come is an error. */
const clientOf = (target: Target) => new S3Client(target, { timeoutMs: 300_000 });

function nameOf({ processes }: TestMesh, service: string, index: number): string {
  const isAlone = processes.filter((process) => process.service === service).length === 1;
  return isAlone ? service : `${service} ${index + 1}`;
}

export async function natsServerVersion(): Promise<string> {
  return (await findNatsServer()).version;
}
