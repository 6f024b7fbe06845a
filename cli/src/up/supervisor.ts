/** Keeps the services running: starts them in order, starts again what crashes, stops them in order. */
import { fileURLToPath } from "node:url";
import { launchProcess, LaunchError, type MeshProcess } from "@holdfast/launcher";
import { CliError, exitCodes, messageOf } from "../errors.ts";
import type { Output } from "../output.ts";
import { backOff, pause } from "./back-off.ts";

export type ServiceName = "auth" | "object-metadata" | "multipart" | "s3-edge";

/** Each needs those before it; they stop the other way round. */
const startOrder: readonly (readonly ServiceName[])[] = [["auth", "object-metadata", "multipart"], ["s3-edge"]];

export const serviceNames: readonly ServiceName[] = startOrder.flat();

export type ServiceSettings = { env: NodeJS.ProcessEnv; logFile: string };

export type SupervisorOptions = {
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
  readonly #services: Supervised[] = serviceNames.map((name) => ({
    name,
    isAsked: false,
    wake: new AbortController(),
  }));
  readonly #options: SupervisorOptions;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Resolves when all are ready. Rejects with the end of the log of the first that is not; stop() then ends the others. */
  async start(): Promise<void> {
    for (const names of startOrder) {
      const results = await Promise.allSettled(names.map((name) => this.#start(this.#find(name))));
      for (const result of results) if (result.status === "rejected") throw toCliError(result.reason);
    }
    for (const service of this.#services) void this.#keepRunning(service);
  }

  processes(): { name: ServiceName; pid: number }[] {
    return this.#services.flatMap(({ name, process }) => (process?.isRunning() ? [{ name, pid: process.pid }] : []));
  }

  /** What a service said when it was ready. */
  ready(name: ServiceName): Readonly<Record<string, unknown>> {
    return this.#find(name).process?.ready ?? {};
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
    for (const names of startOrder.toReversed()) {
      await Promise.all(names.map(async (name) => this.#find(name).process?.stop(30_000)));
    }
  }

  /** At once, with SIGKILL. */
  async kill(): Promise<void> {
    this.#giveUp();
    await Promise.all(this.#services.map(async ({ process }) => process?.kill()));
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
  const s3 = ready["s3"];
  const admin = ready.admin === undefined ? "" : ` (metrics on ${ready.admin}/metrics)`;
  return `${name}${typeof s3 === "string" ? ` on ${s3}` : ""}${admin}`;
}

/** A service that exits with 2 refused its configuration: that is the user's to mend. */
function toCliError(error: unknown): unknown {
  if (!(error instanceof LaunchError)) return error;
  const exitCode = error.exit?.code === exitCodes.usage ? exitCodes.usage : exitCodes.failed;
  return new CliError(error.message, { exitCode, cause: error });
}
