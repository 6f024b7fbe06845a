/** The mesh around three nats-servers, with the users and permissions of production. */
import { generateMeshPasswords, renderMeshConfig } from "@holdfast/nats-server";
import type { Measured } from "@holdfast/test-bench";
import { type MeshNats, startNatsCluster, type TestNats } from "@holdfast/testkit";
import { type Scene, startScene } from "./scene.ts";

export type ClusterScene = Omit<Scene, "processes"> & {
  /** `n0`, `n1`, `n2` by place, as the servers call themselves. */
  readonly servers: readonly TestNats[];
  /** Of the moment: a server that is down is missing. */
  readonly processes: () => Measured[];
};

export async function startClusterScene(): Promise<ClusterScene> {
  const passwords = generateMeshPasswords();
  const config = renderMeshConfig({ users: { passwords } });
  const cluster = await startNatsCluster({ config, connect: { user: "admin", pass: passwords.admin } });
  try {
    const { servers } = cluster;
    const [first] = servers;
    if (first === undefined) throw new Error("the cluster has no server");
    const nats: MeshNats = Object.defineProperty(first as MeshNats, "passwords", { value: passwords });
    const env = {
      HOLDFAST_NATS_URL: servers.map(({ url }) => url).join(","),
      HOLDFAST_AUTH_REPLICAS: "3",
      HOLDFAST_MULTIPART_REPLICAS: "3",
    };
    const scene = await startScene({ nats, env });
    return {
      ...scene,
      servers,
      processes: () => [
        ...servers.map(({ pid }, i) => ({ name: `nats-server ${i + 1}`, pid })),
        ...scene.processes().filter(({ name }) => name !== "nats-server"),
      ],
      async [Symbol.asyncDispose]() {
        await scene[Symbol.asyncDispose]();
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Makes a bucket with so many replicas; S3 has no word for it. */
export async function makeBucket({ admin }: Pick<Scene, "admin">, bucket: string, replicas: 1 | 3): Promise<void> {
  const request = JSON.stringify({ bucket, owner: "tester", storage: { replicas } });
  const answer = await admin.request("object-metadata.v1.CreateBucket", request, { timeout: 10_000 });
  const problem = answer.headers?.get("Nats-Service-Error") ?? "";
  if (problem !== "") throw new Error(`bucket ${bucket} with ${replicas} replicas: ${problem}`);
}
