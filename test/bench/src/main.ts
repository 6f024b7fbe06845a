import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { runLoad } from "./load.ts";
import { type Measured, readAll } from "./processes.ts";
import { rowsFor, sizes, succeed } from "./rows.ts";
import { S3Client, type Target } from "./s3-client.ts";
import { type Measurement, tableHead, tableRow } from "./table.ts";

const help = `usage: npm run bench -- [options]
  --endpoint URL       an S3 server; without it a mesh is started for the run
  --sizes LIST         of ${Object.keys(sizes).join(",")} (default 4KiB,1MiB)
  --concurrency LIST   default 1,16
  --seconds N          per row, default 3
  --rows TEXT          only rows whose name contains this
  --output table|json  default table
credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION`;

type Server = AsyncDisposable & { target: Target; processes: Measured[] };

function usageError(message: string): never {
  console.error(`holdfast: ${message}\n${help}`);
  process.exit(2);
}

function parse() {
  try {
    const { values } = parseArgs({
      options: {
        endpoint: { type: "string" },
        sizes: { type: "string", default: "4KiB,1MiB" },
        concurrency: { type: "string", default: "1,16" },
        seconds: { type: "string", default: "3" },
        rows: { type: "string", default: "" },
        output: { type: "string", default: "table" },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    return usageError(error instanceof Error ? error.message : String(error));
  }
}

/** A list of numbers of at least 1, or the message that names the option. */
function numbers(option: string, text: string): number[] {
  const values = text.split(",").map(Number);
  if (values.some((value) => !(value > 0))) usageError(`--${option}: not a list of positive numbers: ${text}`);
  return values;
}

async function givenServer(endpoint: string): Promise<Server> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION = "us-east-1" } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    return usageError("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (source .holdfast/env)");
  }
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, region: AWS_REGION };
  return {
    target: { endpoint: new URL(endpoint), ...credentials },
    processes: [],
    [Symbol.asyncDispose]: async () => {},
  };
}

async function ownServer(): Promise<Server> {
  const { startMesh } = await import("@holdfast/testkit");
  const mesh = await startMesh();
  const edge = mesh.edges[0];
  if (!edge) throw new Error("the mesh started without an edge");
  const processes: Measured[] = [
    { name: "nats-server", pid: mesh.nats.pid },
    ...mesh.processes.map(({ service, pid, admin }) => ({ name: service, pid, admin })),
  ];
  const target = { endpoint: new URL(edge.endpoint), ...mesh.credentials };
  return { target, processes, [Symbol.asyncDispose]: () => mesh.stop() };
}

const options = parse();
if (options.help) {
  console.log(help);
  process.exit(0);
}
const concurrencies = numbers("concurrency", options.concurrency);
const [seconds = 3] = numbers("seconds", options.seconds);
const labels = options.sizes.split(",");
const unknown = labels.find((label) => !(label in sizes));
if (unknown !== undefined) usageError(`--sizes: no such size: ${unknown}`);

await using server = await (options.endpoint ? givenServer(options.endpoint) : ownServer());
const bucket = `bench-${randomBytes(4).toString("hex")}`;
const client = new S3Client(server.target, Math.max(...concurrencies, 16));
await succeed(client, { method: "PUT", path: `/${bucket}` });

const table = options.output !== "json";
const measurements: Measurement[] = [];
if (table) console.log(tableHead());
for (const row of rowsFor(labels).filter(({ name }) => name.includes(options.rows))) {
  for (const concurrency of concurrencies) {
    const operation = await row.prepare(client, bucket);
    const before = await readAll(server.processes);
    const own = process.cpuUsage();
    const result = await runLoad(operation, {
      concurrency,
      seconds,
      maxOperations: row.name.startsWith("DELETE") ? 2_000 : Infinity,
    });
    const used = process.cpuUsage(own);
    const after = await readAll(server.processes);
    const perOperation = (value: number) => value / Math.max(1, result.operations);
    const measurement: Measurement = {
      row: row.name,
      concurrency,
      ...result,
      clientCpuMs: perOperation((used.user + used.system) / 1_000),
      ...(server.processes.length > 0 && {
        cpuMs: perOperation(after.cpuMs - before.cpuMs),
        roundTrips: perOperation(after.roundTrips - before.roundTrips),
      }),
    };
    measurements.push(measurement);
    if (table) console.log(tableRow(measurement));
    for (const problem of result.problems) console.error(`  ${row.name}: ${problem}`);
  }
}
const { peakRssMiB } = await readAll(server.processes);
if (!table) console.log(JSON.stringify({ measurements, peakRssMiB }, undefined, 2));
else if (server.processes.length > 0) console.log(`peak RSS MiB: ${JSON.stringify(peakRssMiB)}`);
client.close();
process.exitCode = measurements.some(({ errors }) => errors > 0) ? 1 : 0;
