/** One host-agent for a test: the real process, on free ports, with a folder of its own. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launchProcess, type MeshProcess } from "@holdfast/launcher";
import { temporaryFolder } from "./temporary-folder.ts";

export type TestHostOptions = {
  natsUrl: string;
  /** `HOLDFAST_*` above the testkit's own settings. */
  env?: Record<string, string>;
};

export type TestHost = AsyncDisposable & {
  readonly id: string;
  /** `http://127.0.0.1:PORT`: workloads' HTTP. */
  readonly http: string;
  readonly process: MeshProcess;
  readonly dataFolder: string;
  /** SIGTERM, waits, removes the folder. */
  stop(): Promise<void>;
};

const script = fileURLToPath(new URL("../../../services/host-agent/src/main.ts", import.meta.url));
let made = 0;

/** Starts a host in some hundred milliseconds. Use with `await using`. */
export async function startHost({ natsUrl, env }: TestHostOptions): Promise<TestHost> {
  const folder = await temporaryFolder("holdfast-host-");
  const { PATH, HOME, TMPDIR, NODE_V8_COVERAGE } = process.env;
  const inherited = Object.entries({ PATH, HOME, TMPDIR, NODE_V8_COVERAGE }).filter(([, value]) => value);
  const remove = () => folder[Symbol.asyncDispose]();
  const started = await launchProcess({
    name: "host-agent",
    script,
    logFile: join(folder.path, "host-agent.log"),
    env: {
      ...Object.fromEntries(inherited),
      HOLDFAST_NATS_URL: natsUrl,
      HOLDFAST_DATA_DIR: folder.path,
      HOLDFAST_ADMIN_PORT: "0",
      HOLDFAST_HOST_ID: `test-host-${++made}`,
      HOLDFAST_HOST_HTTP_PORT: "0",
      ...env,
    },
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await started.stop(5_000);
    await remove();
  };
  return {
    id: String(started.ready["host"]),
    http: String(started.ready["http"]),
    process: started,
    dataFolder: folder.path,
    stop: () => (stopped ??= stop()),
    [Symbol.asyncDispose]: () => (stopped ??= stop()),
  };
}
