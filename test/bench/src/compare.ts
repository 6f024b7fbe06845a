/**
 * Two commits in turn on one machine, A B A B: a machine drifts by more within minutes than most changes bring, so only neighbours are
 * compared. Both meshes run all the time; the one whose turn it is not does nothing.
 */
import { randomBytes } from "node:crypto";
import { type RemoteLoad, startLoad } from "./load/remote-load.ts";
import { median } from "./load/statistics.ts";
import { measureRow, type Measurement } from "./measure/measure-row.ts";
import type { Options } from "./options.ts";
import { countedTrips } from "./report/budgets.ts";
import { checkOut } from "./server/other-tree.ts";
import { type Server, startOwnMesh } from "./server/server.ts";

/** One row: each pair is the other commit and this tree, measured one after the other. */
export type Compared = {
  readonly row: string;
  readonly concurrency: number;
  readonly pairs: readonly (readonly [other: Measurement, own: Measurement])[];
};

/** This tree's figure as a multiple of the other's, pair by pair, and their median. */
export type Ratio = { readonly pairs: readonly number[]; readonly median: number };
export type Ratios = { readonly cpu: Ratio; readonly throughput: Ratio; readonly trips: Ratio };

const warmUpSeconds = 0.5;

type Side = AsyncDisposable & { readonly server: Server; readonly load: RemoteLoad };

/** Tells of each row as soon as all its pairs are measured. Gives the other commit's name. */
export async function compareWith(
  revision: string,
  options: Options,
  onRow: (compared: Compared) => void,
): Promise<string> {
  await using tree = await checkOut(revision);
  await using other = await startSide(options, {}, tree.path);
  await using own = await startSide(options, options.settings);
  for (const { row, concurrency } of options.plan) {
    for (const c of concurrency) {
      const settings = { concurrency: c, seconds: options.seconds, warmUpSeconds };
      const pairs: [Measurement, Measurement][] = [];
      const measure = async ({ load, server }: Side) => {
        // rows that use up what they prepared need it anew
        if (pairs.length === 0 || row.maxOperations !== undefined) await load.prepare(row.name);
        return measureRow(load, row, server.processes, settings);
      };
      while (pairs.length < options.pairs) pairs.push([await measure(other), await measure(own)]);
      onRow({ row: row.name, concurrency: c, pairs });
    }
  }
  return tree.commit;
}

async function startSide({ signsPayload }: Options, settings: Options["settings"], tree?: string): Promise<Side> {
  const server = await startOwnMesh(settings, tree);
  try {
    const { target, nats } = server;
    const bucket = `bench-${randomBytes(4).toString("hex")}`;
    const load = await startLoad({ target, bucket, options: { signsPayload }, ...(nats && { nats }) });
    return {
      server,
      load,
      async [Symbol.asyncDispose]() {
        load[Symbol.dispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** NaN where one side has no figure. */
export function ratiosOf({ pairs }: Compared): Ratios {
  const ratio = (figure: (measurement: Measurement) => number | undefined): Ratio => {
    const values = pairs.map(([other, own]) => (figure(own) ?? Number.NaN) / (figure(other) ?? Number.NaN));
    return { pairs: values, median: median(values) };
  };
  return {
    cpu: ratio(({ cpuMs }) => cpuMs),
    throughput: ratio(({ bytes, operations, seconds }) => (bytes > 0 ? bytes : operations) / seconds),
    trips: ratio(countedTrips),
  };
}
