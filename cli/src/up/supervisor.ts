/** Keeps the services running: starts them in order, starts again what crashes, stops them in order. */
import { fileURLToPath } from "node:url";
import { launchProcess, LaunchError, type MeshProcess } from "@holdfast/launcher";
import { CliError, exitCodes, messageOf } from "../errors.ts";
import type { Output } from "../output.ts";
import { backOff, pause } from "./back-off.ts";

export type ServiceName = "auth" | "object-metadata" | "multipart" | "s3-edge" | "scheduler" | "host-agent";

/** Each needs those before it; they stop the other way round. */
const startOrder: readonly (readonly ServiceName[])[] = [
  ["auth", "object-metadata", "multipart", "scheduler"],
  ["s3-edge", "host-agent"],
];

export const serviceNames: readonly ServiceName[] = startOrder.flat();

/** What only workloads need. */
const workloadServices: readonly ServiceName[] = ["scheduler", "host-agent"];
export const storageServices = serviceNames.filter((name) => !workloadServices.includes(name));

export type ServiceSettings = { env: NodeJS.ProcessEnv; logFile: string };

export type SupervisorOptions = {
  /** Which to run; `serviceNames` are all. */
  names: readonly ServiceName[];
  settings: (name: ServiceName) => ServiceSettings;
  output: Output;
  /** Called when the set of processes changed. */
  onChange: () => void;
  /** Gives up starting. */
  signal: AbortSignal;
};

type Supervised = {
  readonly name: ServiceName;
  process?: MeshProcess;
  /** Somebody asked for the end that comes next: it is no crash. */
  isAsked: boolean;
  /** Ends the wait before the next try. */
  wake: AbortController;
};

/** The script of a service: also how its process is recognised. */
export function serviceScript(name: ServiceName): string {
  return fileURLToPath(new URL(`../../../services/${name}/src/main.ts`, import.meta.url));
}

export class Supervisor {
  readonly #services: readonly Supervised[];
  readonly #options: SupervisorOptions;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#services = options.names.map((name) => ({ name, isAsked: false, wake: new AbortController() }));
  }

  /** Resolves when all are ready. Rejects with the end of the log of the first that is not; stop() then ends the others. */
  async start(): Promise<void> {
    for (const services of this.#inOrder()) {
      const results = await Promise.allSettled(services.map((service) => this.#start(service)));
      for (const result of results) if (result.status === "rejected") throw toCliError(result.reason);
    }
    for (const service of this.#services) void this.#keepRunning(service);
  }

  get names(): readonly ServiceName[] {
    return this.#options.names;
  }

  processes(): { name: ServiceName; pid: number }[] {
    return this.#services.flatMap(({ name, process }) => (process?.isRunning() ? [{ name, pid: process.pid }] : []));
  }

  /** What a service said when it was ready; nothing of one that does not run here. */
  ready(name: ServiceName): Readonly<Record<string, unknown>> {
    return this.#services.find((service) => service.name === name)?.process?.ready ?? {};
  }

  /** Ends a service in order and starts it again at once; one that waits for its next try is tried now. */
  async restart(name: ServiceName): Promise<void> {
    const service = this.#find(name);
    service.wake.abort();
    if (service.process?.isRunning() !== true) return;
    service.isAsked = true;
    await service.process.stop();
  }

  /** Edges first: they finish what they have in hand while the others still answer. */
  async stop(): Promise<void> {
    this.#giveUp();
    for (const services of this.#inOrder().toReversed()) {
      await Promise.all(services.map(async ({ process }) => process?.stop(30_000)));
    }
  }

  /** At once, with SIGKILL. */
  async kill(): Promise<void> {
    this.#giveUp();
    await Promise.all(this.#services.map(async ({ process }) => process?.kill()));
  }

  #inOrder(): Supervised[][] {
    return startOrder.map((names) => this.#services.filter(({ name }) => names.includes(name)));
  }

  #find(name: ServiceName): Supervised {
    const service = this.#services.find((candidate) => candidate.name === name);
    if (service === undefined) throw new Error(`no service ${name}`);
    return service;
  }

  async #start(service: Supervised): Promise<void> {
    const { settings, output, onChange, signal } = this.#options;
    service.process = await launchProcess({
      name: service.name,
      script: serviceScript(service.name),
      signal,
      ...settings(service.name),
    });
    onChange();
    output.done(describe(service.name, service.process));
  }

  async #keepRunning(service: Supervised): Promise<void> {
    const { output, settings } = this.#options;
    const delays = backOff();
    while (service.process !== undefined) {
      const { code, signal } = await service.process.exited;
      if (this.#stopping) return;
      const { isAsked } = service;
      service.isAsked = false;
      if (!isAsked) {
        const { logFile } = settings(service.name);
        output.warn(`${service.name} ended (${signal ?? code}): starting it again; its log is ${logFile}`);
      }
      await this.#startAgain(service, isAsked ? 0 : delays.next(), delays);
    }
  }

  async #startAgain(service: Supervised, firstDelayMs: number, delays: { next(): number }): Promise<void> {
    for (let delayMs = firstDelayMs; ; delayMs = delays.next()) {
      service.wake = new AbortController();
      await pause(delayMs, service.wake.signal);
      if (this.#stopping) return;
      try {
        return await this.#start(service);
      } catch (error) {
        if (!this.#stopping) this.#options.output.warn(messageOf(error));
      }
    }
  }

  #giveUp(): void {
    this.#stopping = true;
    for (const { wake } of this.#services) wake.abort();
  }
}

function describe(name: ServiceName, { ready }: MeshProcess): string {
  const address = ready["s3"] ?? ready["http"];
  const admin = ready.admin === undefined ? "" : ` (metrics on ${ready.admin}/metrics)`;
  return `${name}${typeof address === "string" ? ` on ${address}` : ""}${admin}`;
}

/** A service that exits with 2 refused its configuration: that is the user's to mend. */
function toCliError(error: unknown): unknown {
  if (!(error instanceof LaunchError)) return error;
  const exitCode = error.exit?.code === exitCodes.usage ? exitCodes.usage : exitCodes.failed;
  return new CliError(error.message, { exitCode, cause: error });
}
