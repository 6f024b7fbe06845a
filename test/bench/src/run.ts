/** The full run: each row, then its floors, on one server. */
import { randomBytes } from "node:crypto";
import { type FloorServer, startFloorServer } from "./floor/start-floor-server.ts";
import { type RemoteLoad, startLoad } from "./load/remote-load.ts";
import { measureRow, type Measurement } from "./measure/measure-row.ts";
import type { Measured } from "./measure/processes.ts";
import type { Options, PlannedRow } from "./options.ts";
import type { Judged, Ratio, Ratios } from "./report/budgets.ts";
import { rowNamed } from "./rows/catalogue.ts";
import type { Row } from "./rows/row.ts";
import type { Server } from "./server/server.ts";

export type LeftOut = { readonly row: string; readonly reason: string };
export type RunResult = {
  readonly rows: readonly Judged[];
  readonly floors: readonly Measurement[];
  readonly leftOut: readonly LeftOut[];
};

/** Told of each row as it is measured. */
export type Listener = {
  measured(judged: Judged): void;
  floor(measurement: Measurement): void;
  leftOut(row: LeftOut): void;
};

const warmUpSeconds = 0.5;
/** Before the first row: until then the compiler has not seen the mesh's code. */
const firstWarmUpSeconds = 3;
/** What is cut off needs long enough for memory to fill. */
const leastCutSeconds = 5;

/** Runs the plan. A row that cannot be prepared is left out with the reason; a row with errors is measured all the same. */
export async function runAll(
  server: Server,
  { plan, seconds, floor, signsPayload }: Options,
  waitedTrips: ReadonlyMap<string, number | undefined>,
  listener: Listener,
): Promise<RunResult> {
  const { nats } = server;
  using floorServer = floor && nats !== undefined ? await startFloorServer(nats) : undefined;
  using load = await startLoad({
    target: server.target,
    bucket: `bench-${randomBytes(4).toString("hex")}`,
    options: { signsPayload },
    ...(nats && { nats }),
    ...(floorServer && { floorUrl: floorServer.url }),
  });
  const leftOut: LeftOut[] = [];
  const omit = (row: string, reason: string) => {
    leftOut.push({ row, reason });
    listener.leftOut({ row, reason });
  };
  if (floor && nats === undefined)
    omit("all floors", "they are measured on the mesh's own nats-server, and this one is not ours");
  const floors = createFloors(load, floorServer, server.processes, seconds, listener);
  const rows: Judged[] = [];
  await warmUp(load);
  for (const planned of plan) {
    const reason = await prepared(load, planned.row, nats !== undefined);
    if (reason !== undefined) {
      omit(planned.row.name, reason);
      continue;
    }
    for (const measurement of await measureAt(load, planned, server.processes, seconds)) {
      const ratios = floorServer ? await floors.compare(planned.row, measurement) : {};
      const judged = { measurement, ratios, waitedTrips: waitedTrips.get(planned.row.name) };
      rows.push(judged);
      listener.measured(judged);
    }
  }
  if (nats === undefined) {
    const problem = await problemOf(load.cleanUp());
    if (problem !== undefined) omit("removing what was written", `${problem}; buckets named bench-... are left`);
  }
  return { rows, floors: floors.measured(), leftOut };
}

/** What goes wrong here goes wrong again in the row itself, and is told there. */
async function warmUp(load: RemoteLoad): Promise<void> {
  for (const name of ["PUT 4KiB", "GET 4KiB"]) {
    if ((await problemOf(load.prepare(name))) !== undefined) return;
    await load.run({ concurrency: 16, seconds: firstWarmUpSeconds / 2, share: 0.2 });
  }
}

/** Makes what the row needs; gives the reason when it cannot run. */
async function prepared(load: RemoteLoad, { name, needsMesh }: Row, isOurs: boolean): Promise<string | undefined> {
  if (needsMesh !== undefined && !isOurs) return needsMesh;
  return problemOf(load.prepare(name));
}

/** Why it failed, in words; undefined when it did not. */
async function problemOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A row at each of its concurrencies, one after the other. */
async function measureAt(
  load: RemoteLoad,
  { row, concurrency }: PlannedRow,
  processes: readonly Measured[],
  seconds: number,
): Promise<Measurement[]> {
  const rowSeconds = row.isCut === true ? Math.max(seconds, leastCutSeconds) : seconds;
  const measurements: Measurement[] = [];
  for (const [i, c] of concurrency.entries()) {
    // what is used up is made anew
    if (i > 0 && row.maxOperations !== undefined) await load.prepare(row.name);
    measurements.push(await measureRow(load, row, processes, { concurrency: c, seconds: rowSeconds, warmUpSeconds }));
  }
  return measurements;
}

type Floors = {
  compare(row: Row, measurement: Measurement): Promise<Ratios>;
  measured(): Measurement[];
};

/** The floors, each measured once for a concurrency, soon after the first row that asks for it: the machine drifts. */
function createFloors(
  load: RemoteLoad,
  server: FloorServer | undefined,
  mesh: readonly Measured[],
  seconds: number,
  listener: Listener,
): Floors {
  const known = new Map<string, Measurement>();
  const nats = mesh.filter(({ name }) => name === "nats-server");
  const processes = server === undefined ? nats : [...nats, { name: "fastify", pid: server.pid }];
  const measure = async (name: string, concurrency: number) => {
    const key = `${name} ${concurrency}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const row = rowNamed(name);
    await load.prepare(name);
    const settings = { concurrency, seconds: Math.min(seconds, 2), warmUpSeconds };
    const measurement = await measureRow(load, row, name.startsWith("nats") ? nats : processes, settings);
    known.set(key, measurement);
    listener.floor(measurement);
    return measurement;
  };
  return {
    async compare({ floors = {} }, measurement) {
      const ratios: { nats?: Ratio; http?: Ratio } = {};
      for (const kind of ["nats", "http"] as const) {
        const name = floors[kind];
        if (name !== undefined) ratios[kind] = ratioTo(await measure(name, measurement.concurrency), measurement);
      }
      if (floors.alone !== undefined) await measure(floors.alone, measurement.concurrency);
      return ratios;
    },
    measured: () => [...known.values()],
  };
}

/** By bytes where both move bytes, else by operations. */
function ratioTo(floor: Measurement, row: Measurement): Ratio {
  const workOf = ({ bytes, operations }: Measurement) => (floor.bytes > 0 && row.bytes > 0 ? bytes : operations);
  const throughput = (measurement: Measurement) => workOf(measurement) / measurement.seconds;
  const cpu = (measurement: Measurement) => {
    const { cpuMs = 0, clientCpuMs, operations } = measurement;
    return ((cpuMs + clientCpuMs) * operations) / workOf(measurement);
  };
  return { throughput: throughput(row) / throughput(floor), cpu: cpu(floor) / cpu(row) };
}
