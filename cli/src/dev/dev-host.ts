/** A NATS server and a host-agent for one project, on this machine and for its user only; both and all they kept are gone when it stops. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launchProcess, LaunchError, type MeshProcess } from "@holdfast/launcher";
import { findNatsServer, meshMaxPayload, NatsServerNotFoundError, startNatsServer } from "@holdfast/nats-server";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { CliError, messageOf } from "../errors.ts";
import type { Output } from "../output.ts";

export type DevHost = {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  readonly hostId: string;
  readonly nc: NatsConnection;
  stop(): Promise<void>;
};

export type DevHostOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly address: { readonly host: string; readonly port: number };
  /** Folders inside which components and volumes lie. */
  readonly fileRoots: readonly string[];
  readonly volumeRoots: readonly string[];
};

const hostId = "dev";
const user = "dev";
const script = fileURLToPath(new URL("../../../services/host-agent/src/main.ts", import.meta.url));

export async function startDevHost({ env, output, address, fileRoots, volumeRoots }: DevHostOptions): Promise<DevHost> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-dev-"));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of undo.splice(0).toReversed())
      await step().catch((error: unknown) => output.warn(messageOf(error)));
  };
  try {
    const password = randomBytes(24).toString("base64url");
    const { path } = await findNatsServer({ env, log: (line) => output.progress(line) });
    const config = `max_payload: ${meshMaxPayload}\nauthorization { user: ${user}, password: "${password}" }\n`;
    const nats = await startNatsServer({
      path,
      storeDir: join(folder, "nats"),
      logFile: join(folder, "nats.log"),
      port: 0,
      config,
    });
    undo.push(() => nats.stop());
    const host = await launchHost(
      {
        ...env,
        HOLDFAST_NATS_URL: nats.url,
        HOLDFAST_NATS_USER: user,
        HOLDFAST_NATS_PASSWORD: password,
        HOLDFAST_DATA_DIR: join(folder, "data"),
        HOLDFAST_ADMIN_PORT: "0",
        HOLDFAST_HOST_ID: hostId,
        HOLDFAST_HOST_HTTP_HOST: address.host,
        HOLDFAST_HOST_HTTP_PORT: String(address.port),
        HOLDFAST_HOST_FILE_ROOTS: fileRoots.join(","),
        HOLDFAST_HOST_VOLUME_ROOTS: volumeRoots.join(","),
      },
      join(folder, "host-agent.log"),
    );
    undo.push(() => host.stop());
    const nc = await connect({ servers: nats.url, user, pass: password });
    undo.push(() => nc.close());
    return { url: String(host.ready["http"]), hostId, nc, stop };
  } catch (error) {
    await stop();
    if (error instanceof LaunchError || error instanceof NatsServerNotFoundError)
      throw new CliError(error.message, { cause: error });
    throw error;
  }
}

function launchHost(env: NodeJS.ProcessEnv, logFile: string): Promise<MeshProcess> {
  return launchProcess({ name: "host-agent", script, env, logFile });
}
