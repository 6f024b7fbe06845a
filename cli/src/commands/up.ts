/** `holdfast up`: the whole mesh on one machine. The steps are in `run`, from top to bottom; they are undone in reverse. */
import { mkdir } from "node:fs/promises";
import type { Command, CommandContext } from "../command.ts";
import { type Credential, readCredentialsFile } from "../credentials-file.ts";
import { messageOf } from "../errors.ts";
import { type Home, homeOf, openHome, writeSecretFile } from "../home.ts";
import { connectToMesh, readCommonConfig, usesExternalNats } from "../mesh-connection.ts";
import type { Output } from "../output.ts";
import { prepareAccessKeys } from "../up/access-keys.ts";
import { tellStarter, upDetached } from "../up/detached.ts";
import { type EmbeddedNats, startEmbeddedNats } from "../up/embedded-nats.ts";
import { renderEnvironment } from "../up/environment-file.ts";
import { clientEndpoint, type Listen, listenAddress, refuseBusyPort } from "../up/listen.ts";
import { acquireRunFile, type Child, type RunFile } from "../up/run-file.ts";
import { choosePort } from "../up/ports.ts";
import { serviceEnvironment } from "../up/service-environment.ts";
import { aborted, listenForStop } from "../up/stop-signal.ts";
import { readySummary } from "../up/summary.ts";
import { type ServiceName, serviceNames, serviceScript, storageServices, Supervisor } from "../up/supervisor.ts";
import { watchSources } from "../up/watch.ts";

export const upCommand: Command = {
  name: "up",
  summary: "start the whole mesh on this machine: NATS, the services and the S3 endpoint",
  details:
    "Everything lies in the data folder; a second start finds what the first one stored.\n" +
    "Settings of the services (HOLDFAST_...) are passed on to them. With HOLDFAST_NATS_URL a NATS cluster is used that runs already.\n" +
    "The keys of a credentials file all belong to the user `default` and may use every bucket.",
  options: {
    port: { value: "PORT", help: "S3 port (HOLDFAST_S3_PORT; default 9000; 0: a free one)" },
    host: { value: "ADDRESS", help: "S3 address (HOLDFAST_S3_HOST; default 127.0.0.1: this machine only)" },
    credentials: {
      value: "FILE",
      help: 'access keys to accept: {"credentials":[{"accessKey":"...","secretKey":"..."}]}',
    },
    "s3-only": { help: "no scheduler and no host-agent: object storage alone" },
    detach: { short: "d", help: "leave it running in the background once it is ready; `holdfast down` stops it" },
    watch: { help: "for development: restart a service when its files, or shared/, change" },
  },
  examples: [
    "holdfast up",
    "holdfast up --detach && holdfast down",
    "holdfast up --home /var/lib/holdfast --port 9100",
    "HOLDFAST_NATS_URL=nats://n1,nats://n2 holdfast up",
  ],
  run,
};

/** The port that wash uses for the same. */
const usualWorkloadPort = 8000;

type Undo = () => Promise<void> | void;

async function run(context: CommandContext): Promise<void> {
  const { options, env, output } = context;
  const file = options.text("credentials");
  const given = file === undefined ? undefined : await readCredentialsFile(file);
  const listen = listenAddress(context);
  readCommonConfig(env);
  const home = homeOf(context);
  if (options.flag("detach")) return upDetached(process.argv.slice(2), home, output);
  await openHome(home);

  const running: Running = {};
  const undo: Undo[] = [];
  const stop = listenForStop(
    () => void (running.services?.kill() ?? Promise.resolve()).finally(() => process.exit(130)),
  );
  try {
    const runFile = await acquireRunFile(home, (line) => output.warn(line));
    undo.push(() => runFile.release());
    await refuseBusyPort(listen);
    const services = await startAll({ context, home, listen, runFile, stop, undo, running });
    await tellWhenReady(context, { home, given, services, nats: running.nats });
    if (options.flag("watch")) undo.push(watchSources(services.names, restartEdited(services, output)));
    await aborted(stop);
    output.progress("stopping");
  } catch (error) {
    // told to stop while starting: no failure
    if (!stop.aborted) throw error;
  } finally {
    await undoAll(undo, output);
  }
  output.done("stopped; the data stays");
}

/** What runs already, filled while starting. */
type Running = { nats?: EmbeddedNats; services?: Supervisor };

type Starting = {
  context: CommandContext;
  home: Home;
  listen: Listen;
  runFile: RunFile;
  stop: AbortSignal;
  undo: Undo[];
  running: Running;
};

/** NATS, then the services; how to stop each is put on `undo` as soon as there is something to stop. */
async function startAll({ context, home, listen, runFile, stop, undo, running }: Starting): Promise<Supervisor> {
  const { env, output, options } = context;
  const names = options.flag("s3-only") ? storageServices : serviceNames;
  const note = () => runFile.update(runningProcesses(home, running));
  if (!usesExternalNats(env)) {
    const nats = await startEmbeddedNats({ home, output, env, onRestart: note });
    undo.push(() => nats.stop());
    running.nats = nats;
  }
  const workloadPort = await choosePort(env, "HOLDFAST_HOST_HTTP_PORT", usualWorkloadPort);
  const surroundings = { env, home, nats: running.nats, listen, workloadPort };
  const services: Supervisor = new Supervisor({
    names,
    output,
    signal: stop,
    onChange: note,
    settings: (name) => ({
      env: serviceEnvironment(name, surroundings, services.ready(name)["s3"] ?? services.ready(name)["http"]),
      logFile: home.logFile(name),
    }),
  });
  undo.push(() => services.stop());
  running.services = services;
  note();
  for (const name of names) await mkdir(home.dataFolder(name), { recursive: true, mode: 0o700 });
  await services.start();
  return services;
}

function runningProcesses(home: Home, { nats, services }: Running): Child[] {
  return [
    ...(nats === undefined ? [] : [{ name: "nats-server", pid: nats.pid, mark: home.natsFolder }]),
    ...(services?.processes() ?? []).map(({ name, pid }) => ({ name, pid, mark: serviceScript(name) })),
  ];
}

/** Last begun, first ended; one that fails does not keep the others from ending. */
async function undoAll(undo: readonly Undo[], output: Output): Promise<void> {
  for (const step of undo.toReversed()) {
    try {
      await step();
    } catch (error) {
      output.warn(`while stopping: ${messageOf(error)}`);
    }
  }
}

type Started = {
  home: Home;
  services: Supervisor;
  nats: EmbeddedNats | undefined;
  given: readonly Credential[] | undefined;
};

async function tellWhenReady(context: CommandContext, { home, services, nats, given }: Started): Promise<void> {
  const { output, env } = context;
  const endpoint = clientEndpoint(String(services.ready("s3-edge")["s3"]));
  const region = env["HOLDFAST_REGION"] || "us-east-1";
  await using nc = await connectToMesh(context);
  const key = await prepareAccessKeys(nc, { home, output, given });
  if (key !== undefined) await writeSecretFile(home.environmentFile, renderEnvironment(key, region, endpoint));
  const natsUrl = nats?.url ?? nc.getServer();
  const http = services.ready("host-agent")["http"];
  const workloads = typeof http === "string" ? http : undefined;
  const summary = { endpoint, region, natsUrl, workloads, key, home, tracesTo: env["OTEL_EXPORTER_OTLP_ENDPOINT"] };
  const value = { endpoint, region, natsUrl, workloads, ...key, home: home.path, pid: process.pid };
  const text = readySummary(summary);
  if (!tellStarter({ value, text })) output.result(value, text);
}

function restartEdited(services: Supervisor, output: Output): (names: readonly ServiceName[]) => void {
  return (names) => {
    output.progress(`changed: ${names.join(", ")}`);
    void Promise.all(names.map((name) => services.restart(name)));
  };
}
