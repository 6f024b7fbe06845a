/** `holdfast up`: the whole mesh on one machine. The steps are in `run`, from top to bottom; they are undone in reverse. */
import { mkdir } from "node:fs/promises";
import { type Command, type CommandContext, parseInteger } from "../command.ts";
import { type Credential, readCredentialsFile } from "../credentials-file.ts";
import { CliError } from "../errors.ts";
import { type Home, homeOf, openHome, writeSecretFile } from "../home.ts";
import { connectToMesh, readCommonConfig, usesExternalNats } from "../mesh-connection.ts";
import type { Output } from "../output.ts";
import { prepareAccessKeys } from "../up/access-keys.ts";
import { type EmbeddedNats, startEmbeddedNats } from "../up/embedded-nats.ts";
import { renderEnvironment } from "../up/environment-file.ts";
import { isPortFree } from "../up/ports.ts";
import { acquireRunFile, type RunFile } from "../up/run-file.ts";
import { aborted, listenForStop } from "../up/stop-signal.ts";
import { readySummary } from "../up/summary.ts";
import { type ServiceName, serviceNames, serviceScript, Supervisor } from "../up/supervisor.ts";
import { watchSources } from "../up/watch.ts";

const usualS3Port = 9000;

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
    watch: { help: "for development: restart a service when its files, or shared/, change" },
  },
  examples: [
    "holdfast up",
    "holdfast up --home /var/lib/holdfast --port 9100",
    "HOLDFAST_NATS_URL=nats://n1,nats://n2 holdfast up",
  ],
  run,
};

type Undo = () => Promise<void> | void;

async function run(context: CommandContext): Promise<void> {
  const { options, env, output } = context;
  const given = await givenCredentials(options.text("credentials"));
  const listen = listenAddress(context);
  readCommonConfig(env);
  const home = homeOf(context);
  await openHome(home);

  const undo: Undo[] = [];
  let supervisor: Supervisor | undefined;
  const stop = listenForStop(() => void supervisor?.kill().finally(() => process.exit(130)));
  try {
    const runFile = await acquireRunFile(home, (line) => output.warn(line));
    undo.push(() => runFile.release());
    await refuseBusyPort(listen);
    let noted: () => void = () => {};
    const nats = usesExternalNats(env)
      ? undefined
      : await startEmbeddedNats({ home, output, env, onRestart: () => noted() });
    if (nats !== undefined) undo.push(() => nats.stop());
    supervisor = new Supervisor({
      output,
      signal: stop,
      onChange: () => noted(),
      settings: (name) => ({ env: environmentOf(name, { env, home, nats, listen }), logFile: home.logFile(name) }),
    });
    const services = supervisor;
    undo.push(() => services.stop());
    noted = noteProcesses(runFile, services, home, nats);
    noted();
    await makeDataFolders(home);
    await services.start();
    await tellWhenReady(context, { home, services, nats, given });
    if (options.flag("watch")) undo.push(watchSources(serviceNames, restartEdited(services, output)));
    await aborted(stop);
    output.progress("stopping");
  } catch (error) {
    // told to stop while starting: no failure
    if (!stop.aborted) throw error;
  } finally {
    for (const step of undo.toReversed()) await step();
  }
  output.done("stopped; the data stays");
}

function givenCredentials(file: string | undefined): Promise<Credential[] | undefined> {
  return file === undefined ? Promise.resolve(undefined) : readCredentialsFile(file);
}

type Listen = { readonly host: string; readonly port: number; readonly asked: boolean };

function listenAddress({ options, env }: CommandContext): Listen {
  const host = options.text("host") ?? (env["HOLDFAST_S3_HOST"] || "127.0.0.1");
  const fromEnvironment = env["HOLDFAST_S3_PORT"];
  const range = { min: 0, max: 65_535 };
  const port =
    options.integer("port", range) ??
    (fromEnvironment ? parseInteger("HOLDFAST_S3_PORT", fromEnvironment, range) : undefined);
  return { host, port: port ?? usualS3Port, asked: port !== undefined };
}

async function refuseBusyPort({ host, port, asked }: Listen): Promise<void> {
  if (port === 0 || (await isPortFree(port, host))) return;
  const which = asked ? "" : ", the default,";
  throw new CliError(
    `port ${port}${which} on ${host} is in use: end what listens there, or choose another with --port`,
  );
}

type Parts = { env: NodeJS.ProcessEnv; home: Home; nats: EmbeddedNats | undefined; listen: Listen };

/** What was set for all, then what this start decides. */
function environmentOf(name: ServiceName, { env, home, nats, listen }: Parts): NodeJS.ProcessEnv {
  return {
    ...env,
    ...nats?.environmentOf(name),
    HOLDFAST_DATA_DIR: home.dataFolder(name),
    // one port for all would be taken by the first
    HOLDFAST_ADMIN_PORT: "0",
    ...(name === "s3-edge" ? edgeEnvironment(env, listen) : {}),
  };
}

function edgeEnvironment(env: NodeJS.ProcessEnv, { host, port }: Listen): NodeJS.ProcessEnv {
  return {
    HOLDFAST_S3_HOST: host,
    HOLDFAST_S3_PORT: String(port),
    // on one's own machine `aws s3 mb s3://b` should just work
    HOLDFAST_SHORT_BUCKET_NAMES: env["HOLDFAST_SHORT_BUCKET_NAMES"] ?? "true",
  };
}

async function makeDataFolders(home: Home): Promise<void> {
  for (const name of serviceNames) await mkdir(home.dataFolder(name), { recursive: true, mode: 0o700 });
}

/** Writes down who runs, each time that changes; one write after the other. */
function noteProcesses(runFile: RunFile, services: Supervisor, home: Home, nats: EmbeddedNats | undefined): () => void {
  let last = Promise.resolve();
  return () => {
    const children = [
      ...(nats === undefined ? [] : [{ name: "nats-server", pid: nats.pid, mark: home.natsFolder }]),
      ...services.processes().map(({ name, pid }) => ({ name, pid, mark: serviceScript(name) })),
    ];
    last = last.then(() => runFile.update(children));
  };
}

type Started = {
  home: Home;
  services: Supervisor;
  nats: EmbeddedNats | undefined;
  given: readonly Credential[] | undefined;
};

async function tellWhenReady(context: CommandContext, { home, services, nats, given }: Started): Promise<void> {
  const { output, env } = context;
  const endpoint = String(services.ready("s3-edge")["s3"]);
  const region = env["HOLDFAST_REGION"] || "us-east-1";
  await using nc = await connectToMesh(context);
  const key = await prepareAccessKeys(nc, { home, output, given });
  if (key !== undefined) await writeSecretFile(home.environmentFile, renderEnvironment(key, region, endpoint));
  const natsUrl = nats?.url ?? nc.getServer();
  const summary = { endpoint, region, natsUrl, key, home, tracesTo: env["OTEL_EXPORTER_OTLP_ENDPOINT"] };
  output.result({ endpoint, region, natsUrl, ...key, home: home.path, pid: process.pid }, readySummary(summary));
}

function restartEdited(services: Supervisor, output: Output): (names: readonly ServiceName[]) => void {
  return (names) => {
    output.progress(`changed: ${names.join(", ")}`);
    void Promise.all(names.map((name) => services.restart(name)));
  };
}
