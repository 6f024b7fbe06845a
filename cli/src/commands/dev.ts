/** `holdfast dev`: builds a project, runs it, and does both again when its sources change. */
import { basename, dirname } from "node:path";
import { readFile } from "node:fs/promises";
import { hostAgent } from "@holdfast/contracts";
import { hostClient } from "@holdfast/host-protocol";
import { client } from "@holdfast/micro";
import { type Command, type CommandContext, parseInteger } from "../command.ts";
import { CliError, messageOf, UsageError } from "../errors.ts";
import { worldOf } from "../component/world.ts";
import { type DevHost, startDevHost } from "../dev/dev-host.ts";
import { absolute, type DevComponent, devWorkload } from "../dev/dev-workload.ts";
import { watchProject } from "../dev/watch-project.ts";
import { buildProject } from "../project/build.ts";
import { type Project, readProject } from "../project/project-file.ts";
import { aborted, listenForStop } from "../up/stop-signal.ts";
import { watchMs } from "../workloads/scheduler-call.ts";

const usualAddress = "127.0.0.1:8000";

export const devCommand: Command = {
  name: "dev",
  summary: "build a project, run it here, and again whenever its sources change",
  details:
    "A host and a NATS server of its own run as long as this does; what components store is kept in memory and gone afterwards.\n" +
    "Components are given every interface that they import. All HTTP requests to the one address go to the project.",
  positionals: [{ name: "FOLDER", help: "the project (default: this folder)", optional: true }],
  options: {
    address: {
      value: "HOST:PORT",
      help: `where it answers HTTP (default dev.address, else ${usualAddress}; port 0: a free one)`,
    },
  },
  examples: ["holdfast dev", "holdfast dev hello --address 127.0.0.1:8080"],
  async run(context) {
    const { output, env } = context;
    const project = await readProject(context.positionals[0] ?? ".");
    const address = parseAddress(context.options.text("address") ?? project.dev.address ?? usualAddress);
    const stop = listenForStop(() => process.exit(130));
    await build(context, project);
    const extra = project.dev.components.map(({ file }) => dirname(absolute(project, file)));
    const fileRoots = [...new Set([project.folder, dirname(project.componentPath), ...extra])];
    const volumeRoots = project.dev.volumes.map((volume) => absolute(project, volume.host_path));
    const host = await startDevHost({ env, output, address, fileRoots, volumeRoots });
    try {
      const runner = new Runner(context, project, host, stop);
      await runner.start();
      output.result(
        { url: host.url, pid: process.pid },
        `${basename(project.folder)} runs: ${host.url}\nCtrl-C stops it`,
      );
      const unwatch = watchProject(project.folder, (file) => runner.changed(file));
      await aborted(stop);
      unwatch();
    } finally {
      await host.stop();
    }
    output.done("stopped");
  },
};

function parseAddress(text: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined) throw new UsageError(`--address: "${text}" is not HOST:PORT`);
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: parseInteger("--address", port, { min: 0, max: 65_535 }) };
}

async function build({ output, env }: CommandContext, project: Project): Promise<void> {
  const { command } = project.dev;
  output.progress(command ?? project.build.command);
  const built = await buildProject(project, {
    env,
    onOutput: (text) => output.raw(text),
    ...(command === undefined ? {} : { command }),
  });
  output.done(`built in ${built.seconds.toFixed(1)} s`);
}

/** Runs the newest build. A build or a start that fails leaves the one before running. */
class Runner {
  readonly #context: CommandContext;
  readonly #project: Project;
  readonly #host: DevHost;
  readonly #stop: AbortSignal;
  #runs = 0;
  #current: string | undefined;
  #isBusy = false;
  #isStale = false;

  constructor(context: CommandContext, project: Project, host: DevHost, stop: AbortSignal) {
    this.#context = context;
    this.#project = project;
    this.#host = host;
    this.#stop = stop;
  }

  /** Starts what was built, then ends what ran before: requests find one of them all the time. */
  async start(): Promise<void> {
    const { nc, hostId } = this.#host;
    const hosts = hostClient(nc);
    const name = basename(this.#project.folder);
    const workloadId = `dev-${(this.#runs += 1)}`;
    const workload = devWorkload(this.#project, name, await readComponents(this.#project, name));
    const { workloadState, message } = await hosts.start(hostId, { workloadId, workload });
    if (workloadState === "WORKLOAD_STATE_ERROR") throw new CliError(`it does not start: ${message}`);
    void this.#showLog(workloadId);
    if (this.#current !== undefined) await hosts.stop(hostId, this.#current);
    this.#current = workloadId;
  }

  /** One build at a time; what changes meanwhile is built after it. */
  changed(file: string): void {
    this.#isStale = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#context.output.progress(`${file} changed`);
    void this.#rebuild();
  }

  async #rebuild(): Promise<void> {
    const { output } = this.#context;
    while (this.#isStale) {
      this.#isStale = false;
      try {
        await build(this.#context, this.#project);
        await this.start();
        output.done(`runs: ${this.#host.url}`);
      } catch (error) {
        output.warn(`${messageOf(error)}; what ran before goes on`);
      }
    }
    this.#isBusy = false;
  }

  /** What the workload writes, until it ends. */
  async #showLog(workloadId: string): Promise<void> {
    const host = client(this.#host.nc, hostAgent, { instance: this.#host.hostId });
    try {
      for (let after = 0, isOpen = true; isOpen;) {
        const answer = await host.Logs({ workloadId, after, waitMs: watchMs }, { signal: this.#stop });
        for (const { level, message } of answer.lines)
          this.#context.output.raw(`${level.padEnd(5)} ${message.trimEnd()}\n`);
        after = answer.lines.at(-1)?.sequence ?? after;
        ({ isOpen } = answer);
      }
    } catch (error) {
      if (!this.#stop.aborted) this.#context.output.warn(`log: ${messageOf(error)}`);
    }
  }
}

async function readComponents(project: Project, name: string): Promise<DevComponent[]> {
  const files = [
    { name, path: project.componentPath },
    ...project.dev.components.map((each) => ({ name: each.name, path: absolute(project, each.file) })),
  ];
  return Promise.all(
    files.map(async (each) => {
      const bytes = await readFile(each.path).catch((error: unknown) => {
        throw new CliError(`${each.path} cannot be read: ${messageOf(error)}; see dev.components of ${project.file}`);
      });
      return { ...each, world: worldOf(bytes, each.path) };
    }),
  );
}
