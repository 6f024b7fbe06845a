/** What is measured: a mesh of our own, from this tree or another one, or a server of others. */
import type * as Testkit from "@holdfast/testkit";
import { type MeshNats, startMesh, startMeshNats, type TestMesh } from "@holdfast/testkit";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "../options.ts";
import type { Target } from "../client/s3-client.ts";
import type { Measured } from "../measure/processes.ts";
import type { NatsAccess } from "../rows/row.ts";
import { disposedOnSignal } from "./interrupt.ts";
import { type SlowLink, startSlowLink } from "./slow-link.ts";

export type Server = AsyncDisposable & {
  readonly target: Target;
  /** Empty for a server of others. */
  readonly processes: readonly Measured[];
  readonly nats?: NatsAccess;
};

export type SlowServer = Server & { readonly link: SlowLink };

export const ownTree = fileURLToPath(new URL("../../../../", import.meta.url));

/** Starts a mesh from a tree of this project, with these settings for its processes. Rejects with what did not start. */
export async function startOwnMesh(env: Readonly<Record<string, string>> = {}, tree = ownTree): Promise<Server> {
  if (process.platform !== "linux") {
    throw new UsageError("CPU and memory are read from /proc, which only Linux has: use --endpoint, or --short");
  }
  const { startMesh }: typeof Testkit = await import(pathToFileURL(join(tree, "shared/testkit/src/index.ts")).href);
  return disposedOnSignal(serverOf(await startMesh({ env })));
}

/** A mesh whose requests can be traced over a link to NATS that can be made slow. Stops with the server. */
export async function startSlowMesh(env: Readonly<Record<string, string>>): Promise<SlowServer> {
  const nats = await startMeshNats();
  const link = await startSlowLink(nats.port);
  const viaLink: MeshNats = Object.create(nats, { url: { value: link.url } });
  const mesh = await startMesh({ env, nats: viaLink });
  const stop = async () => {
    await mesh.stop();
    await link[Symbol.asyncDispose]();
    await nats.stop();
  };
  return disposedOnSignal({ ...serverOf(mesh), link, [Symbol.asyncDispose]: stop });
}

function serverOf(mesh: TestMesh): Server {
  const [edge] = mesh.edges;
  if (edge === undefined) throw new Error("the mesh started without an edge");
  return {
    target: { endpoint: edge.endpoint, ...mesh.credentials },
    processes: [
      { name: "nats-server", pid: mesh.nats.pid },
      ...mesh.processes.map(({ service, pid, admin }) => ({ name: service, pid, admin })),
    ],
    nats: { url: mesh.nats.url, user: "admin", pass: mesh.nats.passwords.admin },
    [Symbol.asyncDispose]: () => mesh.stop(),
  };
}

/** A server of others, with the credentials of AWS tools. Rejects when they are not set. */
export function givenServer(endpoint: string, env: NodeJS.ProcessEnv): Server {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION = "us-east-1" } = env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new UsageError(
      "no credentials for the server: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (those of `holdfast up`: source .holdfast/env)",
    );
  }
  return {
    target: { endpoint, accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, region: AWS_REGION },
    processes: [],
    [Symbol.asyncDispose]: async () => {},
  };
}
