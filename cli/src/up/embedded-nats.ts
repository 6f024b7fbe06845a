/** The embedded NATS server of `holdfast up`, restarted when it dies. */
import {
  findNatsServer,
  NatsServerNotFoundError,
  type NatsServerProcess,
  renderMeshConfig,
  startNatsServer,
} from "@holdfast/nats-server";
import { CliError, messageOf } from "../errors.ts";
import type { Home } from "../home.ts";
import { openMeshState, saveMeshState } from "../mesh-state.ts";
import type { Output } from "../output.ts";
import { backOff, pause } from "./back-off.ts";
import { choosePort } from "./ports.ts";
import type { ServiceName } from "./supervisor.ts";

/** The port NATS clients look at first. */
const usualPort = 4222;

export type EmbeddedNats = {
  readonly url: string;
  readonly pid: number;
  /** What a service connects with. */
  environmentOf(user: ServiceName): NodeJS.ProcessEnv;
  readonly admin: { readonly user: "admin"; readonly password: string };
  stop(): Promise<void>;
};

export type EmbeddedNatsOptions = { home: Home; output: Output; env: NodeJS.ProcessEnv; onRestart: () => void };

/** Finds or fetches nats-server, starts it on the data folder, and notes its address for the other commands. */
export async function startEmbeddedNats(options: EmbeddedNatsOptions): Promise<EmbeddedNats> {
  const { home, output, env } = options;
  const binary = await findNatsServer({ env, log: (line) => output.progress(line) }).catch((error: unknown) => {
    throw error instanceof NatsServerNotFoundError ? new CliError(error.message, { cause: error }) : error;
  });
  output.done(`nats-server ${binary.version} (${binary.path})`);

  const state = await openMeshState(home);
  const syncInterval = env["HOLDFAST_SYNC_INTERVAL"];
  const server = await startNatsServer({
    path: binary.path,
    storeDir: home.natsFolder,
    logFile: home.logFile("nats-server"),
    port: await choosePort(env, "HOLDFAST_NATS_PORT", usualPort),
    config: renderMeshConfig({ users: { passwords: state.passwords }, ...(syncInterval ? { syncInterval } : {}) }),
  }).catch((error: unknown) => {
    throw new CliError(messageOf(error), { cause: error });
  });
  await saveMeshState(home, { ...state, natsUrl: server.url });
  output.done(`NATS on ${server.url}, data in ${home.natsFolder}`);
  const stop = keepRunning(server, options);
  return {
    url: server.url,
    get pid() {
      return server.pid;
    },
    environmentOf: (user) => ({
      HOLDFAST_NATS_URL: server.url,
      HOLDFAST_NATS_USER: user,
      HOLDFAST_NATS_PASSWORD: state.passwords[user],
      // not for this server, whatever the shell has set
      HOLDFAST_NATS_PASSWORD_FILE: undefined,
      HOLDFAST_NATS_TOKEN: undefined,
      HOLDFAST_NATS_NKEY_SEED_FILE: undefined,
      HOLDFAST_NATS_CREDENTIALS_FILE: undefined,
    }),
    admin: { user: "admin", password: state.passwords.admin },
    stop,
  };
}

/** The services reconnect by themselves: the port stays. Gives the function that ends it for good. */
function keepRunning(server: NatsServerProcess, { home, output, onRestart }: EmbeddedNatsOptions): () => Promise<void> {
  const stopping = new AbortController();
  const watch = async () => {
    const delays = backOff();
    for (;;) {
      const { code, signal } = await server.exited;
      if (stopping.signal.aborted) return;
      const delayMs = delays.next();
      output.warn(
        `nats-server ended (${signal ?? code}): starting it again; its log is ${home.logFile("nats-server")}`,
      );
      await pause(delayMs, stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        await server.restart();
        // told to stop in the meantime: stop() has found nothing to stop
        if (stopping.signal.aborted) return await server.stop();
        output.done(`NATS on ${server.url}`);
        onRestart();
      } catch (error) {
        output.warn(messageOf(error));
      }
    }
  };
  const watching = watch();
  return async () => {
    stopping.abort();
    await server.stop();
    await watching;
  };
}
