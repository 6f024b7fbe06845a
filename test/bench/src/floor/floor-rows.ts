/** The floors as rows: `nats ...` in the load's own process, `fastify ...` through a bare HTTP server that does the same NATS calls. */
import { randomBytes } from "node:crypto";
import { connect } from "@nats-io/transport-node";
import { expectBytes } from "../rows/object-rows.ts";
import { MiB, type Row, type Scene, sizeNames, type SizeName, sizes } from "../rows/row.ts";
import type { Operation } from "../load/load.ts";
import { chunkBytes, createNatsCalls, type NatsCalls } from "./nats-calls.ts";

const needsMesh = "the floor is measured on the mesh's own nats-server";
/** Objects to read. */
const population = 64;
const rangeChunks = 64;

const natsCalls = ({ nats, once }: Scene): Promise<NatsCalls> =>
  once("nats calls", async () => {
    if (nats === undefined) throw new Error(needsMesh);
    return createNatsCalls(await connect({ servers: nats.url, user: nats.user, pass: nats.pass, name: "bench floor" }));
  });

const natsRow = (name: string, prepare: (calls: NatsCalls, scene: Scene) => Promise<Operation>, bytes = 0): Row => ({
  name: `nats ${name}`,
  concurrency: [],
  needsMesh,
  ...(bytes >= MiB && { maxOperations: Math.max(16, (2 * 1024 * MiB) / bytes) }),
  prepare: async (scene) => prepare(await natsCalls(scene), scene),
});

/** Object names of the floor, apart from row to row. */
const named = (row: string, index: number) => `${row}-${index}`;

async function putMany(calls: NatsCalls, row: string, size: number): Promise<void> {
  const body = randomBytes(size);
  for (let index = 0; index < population; index++) await calls.put(named(row, index), body);
}

function natsPut(name: SizeName): Row {
  const size = sizes[name];
  const run = randomBytes(3).toString("hex");
  return natsRow(
    `PUT ${name}`,
    async (calls) => {
      const body = randomBytes(Math.min(size, chunkBytes));
      return async (index) => {
        if (size > chunkBytes) await calls.putLarge(named(`put${name}${run}`, index), body, size / chunkBytes);
        else await calls.put(named(`put${name}${run}`, index), body);
        return size;
      };
    },
    size,
  );
}

function natsGet(name: SizeName): Row {
  const size = sizes[name];
  return natsRow(`GET ${name}`, async (calls) => {
    if (size > chunkBytes) {
      const stored = await calls.putLarge(`get${name}`, randomBytes(chunkBytes), size / chunkBytes);
      return async () => expectBytes(name, await calls.getLarge(stored), size);
    }
    await putMany(calls, `get${name}`, size);
    return async (index) => (await calls.get(named(`get${name}`, index % population))).length;
  });
}

/** So many chunks for a range of so many bytes, which alone count. */
const natsRange = (name: string, chunks: number, bytes: number): Row =>
  natsRow(`RANGE ${name}`, async (calls) => {
    const stored = await calls.putLarge(`range${name}`, randomBytes(chunkBytes), rangeChunks);
    return async () => {
      await calls.getChunks(stored, chunks);
      return bytes;
    };
  });

const small = sizes["4KiB"];

const natsSmall: Row[] = [
  natsRow("HEAD", async (calls) => {
    await putMany(calls, "head", small);
    return async (index) => {
      await calls.head(named("head", index % population));
      return 0;
    };
  }),
  natsRow("DELETE", async (calls) => async (index) => {
    await calls.delete(named("delete", index));
    return 0;
  }),
  natsRow("MIXED 4KiB", async (calls) => {
    await putMany(calls, "mixed", small);
    const body = randomBytes(small);
    return async (index) => {
      const name = named("mixed", index % population);
      if (index % 10 >= 7) await calls.put(name, body);
      else await calls.get(name);
      return small;
    };
  }),
  natsRow("LIST", async (calls) => async () => {
    await calls.list();
    return 0;
  }),
];

type Verb = "GET" | "PUT" | "HEAD" | "DELETE";

const httpRow = (name: string, prepare: (send: Send) => Promise<Operation>): Row => ({
  name: `fastify ${name}`,
  concurrency: [],
  needsMesh,
  async prepare({ floor }) {
    if (floor === undefined) throw new Error(needsMesh);
    return prepare(async (method, path, body) => {
      const answer = await floor.succeed({ method, path, body });
      // a page of names is no load of bytes
      if (path === "/list") return 0;
      return method === "GET" ? answer.bytes : (body?.length ?? 0);
    });
  },
});
type Send = (method: Verb, path: string, body?: Uint8Array) => Promise<number>;

const httpRows: Row[] = [
  httpRow("4KiB", async (send) => () => send("GET", "/bare")),
  ...sizeNames
    .filter((name) => sizes[name] < MiB)
    .flatMap((name) => [
      httpRow(`PUT ${name}`, async (send) => {
        const body = randomBytes(sizes[name]);
        const run = randomBytes(3).toString("hex");
        return (index) => send("PUT", `/objects/${name}${run}-${index}`, body);
      }),
      httpRow(`GET ${name}`, async (send) => {
        const body = randomBytes(sizes[name]);
        for (let index = 0; index < population; index++) await send("PUT", `/objects/http${name}-${index}`, body);
        return (index) => send("GET", `/objects/http${name}-${index % population}`);
      }),
    ]),
  httpRow("HEAD", async (send) => {
    await send("PUT", "/objects/head", randomBytes(small));
    return () => send("HEAD", "/objects/head");
  }),
  httpRow("LIST", async (send) => () => send("GET", "/list")),
  httpRow("DELETE", async (send) => (index) => send("DELETE", `/objects/delete-${index}`)),
  httpRow("MIXED 4KiB", async (send) => {
    const body = randomBytes(small);
    for (let index = 0; index < population; index++) await send("PUT", `/objects/httpmixed-${index}`, body);
    return (index) =>
      index % 10 >= 7
        ? send("PUT", `/objects/httpmixed-${index % population}`, body)
        : send("GET", `/objects/httpmixed-${index % population}`);
  }),
];

export const floorRows: readonly Row[] = [
  ...sizeNames.flatMap((name) => [natsPut(name), natsGet(name)]),
  natsRange("1B", 1, 1),
  natsRange("1MiB", 2, MiB),
  ...natsSmall,
  ...httpRows,
];
