/** The whole mesh for a test: a real nats-server with the real permissions, and the real processes of the services. */
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launchProcess, type MeshProcess } from "@holdfast/launcher";
import { generateMeshPasswords, type MeshSecrets, type MeshUser, renderMeshConfig } from "@holdfast/nats-server";
import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { z } from "zod";
import { startNats, type TestNats } from "./nats.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export type MeshService = Exclude<MeshUser, "admin">;

export type TestMeshOptions = {
  /** How many processes of each service. Default 1; 0 leaves one out. */
  edges?: number;
  auth?: number;
  objectMetadata?: number;
  multipart?: number;
  /** Default 0. */
  scheduler?: number;
  /** Default 0. */
  hosts?: number;
  /** For every process, above the testkit's own settings. */
  env?: Record<string, string>;
  /** A server from `startMeshNats`, to keep it beyond the mesh. */
  nats?: MeshNats;
  /** Where one process connects to, in a cluster. Default: to `nats`. */
  natsUrl?: (service: MeshService, index: number) => string;
};

/** A test server with the mesh's users, and their passwords. */
export type MeshNats = TestNats & { readonly passwords: MeshSecrets };

export type RunningService = {
  readonly service: MeshService;
  /** 0 for the first process of the service. */
  readonly index: number;
  readonly pid: number;
  /** `http://127.0.0.1:PORT` of its admin port. */
  readonly admin: string;
  readonly process: MeshProcess;
  /** What it keeps between restarts; the processes of auth share one, and so do those of scheduler. */
  readonly dataFolder: string;
};

export type TestMesh = AsyncDisposable & {
  readonly nats: MeshNats;
  /** The edges that run, in order. A restarted edge keeps its ports. */
  readonly edges: readonly (RunningService & { /** `http://127.0.0.1:PORT` */ readonly endpoint: string })[];
  /** The hosts that run, in order. A restarted host keeps its id and its port. */
  readonly hosts: readonly (RunningService & {
    readonly id: string;
    /** `http://127.0.0.1:PORT` */ readonly http: string;
  })[];
  readonly processes: readonly RunningService[];
  /** An administrator's key. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly region: string };
  /** The same and the first edge's endpoint for AWS tools. */
  readonly env: Readonly<Record<string, string>>;
  /** Where each process writes its log. Copied to HOLDFAST_TEST_LOGS, if set, at the end. */
  readonly logFolder: string;
  /** A connection with the operator's permissions. */
  connectAdmin(options?: NodeConnectionOptions): Promise<NatsConnection>;
  /** Ends one process with a signal (default SIGKILL) and waits until it is gone. */
  kill(service: MeshService, index?: number, signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again with the same settings, ports and data; ends it first when it still runs. */
  restart(service: MeshService, index?: number): Promise<void>;
  /** Edges first, nats-server last; removes the folders. */
  stop(): Promise<void>;
};

const servicesFolder = fileURLToPath(new URL("../../../services/", import.meta.url));
const NewKey = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });

/** A nats-server with one user per service, as the embedded one of `holdfast up`. */
export async function startMeshNats(): Promise<MeshNats> {
  const passwords = generateMeshPasswords();
  const nats = await startNats({ config: renderMeshConfig({ users: { passwords } }) });
  // keeps the getters: the port is only known to the server of the moment
  return Object.defineProperty(nats as TestNats & { passwords: MeshSecrets }, "passwords", { value: passwords });
}

/** Starts the mesh. Rejects with the end of the log of the process that did not start; nothing is left running then. */
export async function startMesh(options: TestMeshOptions = {}): Promise<TestMesh> {
  const nats = options.nats ?? (await startMeshNats());
  const folder = await temporaryFolder("holdfast-mesh-");
  const slots = makeSlots(options, nats, folder.path);
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= stopAll(slots, options.nats === undefined ? nats : undefined, folder));
  try {
    // the first of each service makes the streams and keys that the others, and the edges, then find
    const isFirst = ({ service, index }: Slot) => service !== "s3-edge" && index === 0;
    await settled(slots.filter((slot) => isFirst(slot)).map(start));
    const credentials = firstKey(nats, options);
    await settled([credentials, ...slots.filter((slot) => !isFirst(slot)).map(start)]);
    return toMesh(nats, slots, join(folder.path, "logs"), await credentials, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function toMesh(
  nats: MeshNats,
  slots: readonly Slot[],
  logFolder: string,
  credentials: TestMesh["credentials"],
  stop: () => Promise<void>,
): TestMesh {
  const processes = () => slots.flatMap((slot) => toRunning(slot));
  const edges = () =>
    processes()
      .filter(({ service }) => service === "s3-edge")
      .map((edge) => ({ ...edge, endpoint: String(edge.process.ready["s3"]) }));
  return {
    nats,
    get processes() {
      return processes();
    },
    get edges() {
      return edges();
    },
    get hosts() {
      return processes()
        .filter(({ service }) => service === "host-agent")
        .map((host) => ({
          ...host,
          id: String(host.process.ready["host"]),
          http: String(host.process.ready["http"]),
        }));
    },
    credentials,
    get env() {
      return awsEnvironment(credentials, edges()[0]?.endpoint);
    },
    logFolder,
    connectAdmin: (options) => connectAs(nats, "admin", options),
    async kill(service, index = 0, signal = "SIGKILL") {
      await slotOf(slots, service, index).process?.kill(signal);
    },
    async restart(service, index = 0) {
      const slot = slotOf(slots, service, index);
      await slot.process?.stop();
      await start(slot);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A place for one process, which may be dead or alive. */
type Slot = {
  readonly service: MeshService;
  readonly index: number;
  readonly logFile: string;
  env: NodeJS.ProcessEnv;
  process?: MeshProcess;
};

function makeSlots(options: TestMeshOptions, nats: MeshNats, folder: string): Slot[] {
  const counts: Record<MeshService, number> = {
    "s3-edge": options.edges ?? 1,
    auth: options.auth ?? 1,
    "object-metadata": options.objectMetadata ?? 1,
    multipart: options.multipart ?? 1,
    scheduler: options.scheduler ?? 0,
    "host-agent": options.hosts ?? 0,
  };
  return Object.entries(counts).flatMap(([name, count]) =>
    Array.from({ length: count }, (_, index) => {
      const service = name as MeshService;
      // instances of these share their master key; an index belongs to one instance
      const isShared = service === "auth" || service === "scheduler";
      const dataDir = join(folder, isShared ? service : `${service}-${index}`);
      const url = options.natsUrl?.(service, index) ?? nats.url;
      const env = { ...baseEnvironment(service, nats, dataDir), HOLDFAST_NATS_URL: url, ...options.env };
      return { service, index, env, logFile: join(folder, "logs", `${service}-${index}.log`) };
    }),
  );
}

/** Nothing of the developer's own settings but what Node itself needs. */
function baseEnvironment(service: MeshService, nats: MeshNats, dataDir: string): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, NODE_V8_COVERAGE } = process.env;
  return {
    ...Object.fromEntries(Object.entries({ PATH, HOME, TMPDIR, NODE_V8_COVERAGE }).filter(([, value]) => value)),
    HOLDFAST_NATS_USER: service,
    HOLDFAST_NATS_PASSWORD: nats.passwords[service],
    HOLDFAST_DATA_DIR: dataDir,
    HOLDFAST_ADMIN_PORT: "0",
    ...(service === "host-agent" ? { HOLDFAST_HOST_HTTP_PORT: "0" } : {}),
    ...(service === "s3-edge" ? { HOLDFAST_S3_HOST: "127.0.0.1", HOLDFAST_S3_PORT: "0" } : {}),
  };
}

/** As Promise.all, but waits for all before it rejects: the caller then stops everything that did start. */
async function settled(promises: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function start(slot: Slot): Promise<void> {
  await mkdir(slot.env["HOLDFAST_DATA_DIR"] ?? "", { recursive: true, mode: 0o700 });
  slot.process = await launchProcess({
    name: `${slot.service} #${slot.index}`,
    script: join(servicesFolder, slot.service, "src/main.ts"),
    env: slot.env,
    logFile: slot.logFile,
  });
  slot.env = { ...slot.env, ...chosenPorts(slot.process) };
}

/** A restart takes the same ports: clients and tests hold their addresses. */
function chosenPorts({ ready }: MeshProcess): NodeJS.ProcessEnv {
  const ports = {
    HOLDFAST_ADMIN_PORT: portOf(ready.admin),
    HOLDFAST_S3_PORT: portOf(ready["s3"]),
    HOLDFAST_HOST_HTTP_PORT: portOf(ready["http"]),
  };
  return Object.fromEntries(Object.entries(ports).filter(([, port]) => port !== ""));
}

function portOf(url: unknown): string {
  return typeof url === "string" ? new URL(url).port : "";
}

function toRunning({ service, index, process, env }: Slot): RunningService[] {
  if (process?.isRunning() !== true) return [];
  const dataFolder = env["HOLDFAST_DATA_DIR"] ?? "";
  return [{ service, index, pid: process.pid, admin: process.ready.admin ?? "", process, dataFolder }];
}

function slotOf(slots: readonly Slot[], service: MeshService, index: number): Slot {
  const slot = slots.find((candidate) => candidate.service === service && candidate.index === index);
  if (slot === undefined) throw new Error(`this mesh has no ${service} #${index}`);
  return slot;
}

function connectAs(nats: MeshNats, user: MeshUser, options?: NodeConnectionOptions): Promise<NatsConnection> {
  return nats.connect({ user, pass: nats.passwords[user], name: `test as ${user}`, ...options });
}

async function firstKey(nats: MeshNats, { auth, env }: TestMeshOptions): Promise<TestMesh["credentials"]> {
  const region = env?.["HOLDFAST_REGION"] ?? "us-east-1";
  if (auth === 0) return { accessKeyId: "none", secretAccessKey: "no auth in this mesh", region };
  await using nc = await connectAs(nats, "admin");
  // not by the kernel's client: the kernel's own tests use this testkit
  const answer = await nc.request("auth.v1.CreateAccessKey", JSON.stringify({ user: "tester", admin: true }));
  const problem = answer.headers?.get("Nats-Service-Error") ?? "";
  if (problem !== "") throw new Error(`auth did not make the first key: ${problem}`);
  const { accessKeyId, secretAccessKey } = NewKey.parse(answer.json());
  return { accessKeyId, secretAccessKey, region };
}

function awsEnvironment(credentials: TestMesh["credentials"], endpoint: string | undefined): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: credentials.region,
    AWS_DEFAULT_REGION: credentials.region,
    ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: endpoint }),
  };
}

async function stopAll(slots: readonly Slot[], nats: MeshNats | undefined, folder: AsyncDisposable & { path: string }) {
  const stopSome = (some: readonly Slot[]) => Promise.all(some.map(async ({ process }) => process?.stop(5_000)));
  await stopSome(slots.filter(({ service }) => service === "s3-edge"));
  await stopSome(slots.filter(({ service }) => service !== "s3-edge"));
  await nats?.stop();
  const keep = process.env["HOLDFAST_TEST_LOGS"];
  if (keep !== undefined && keep !== "") await cp(join(folder.path, "logs"), keep, { recursive: true, force: true });
  await folder[Symbol.asyncDispose]();
}
