/** PUT, GET, HEAD and DELETE of whole objects, overwriting, and a mix. */
import { randomBytes } from "node:crypto";
import { RequestFailed, type S3Client } from "../client/s3-client.ts";
import { forEachOf, GiB, MiB, type Row, sizeNames, type SizeName, sizes } from "./row.ts";

/** Bounds of what one row writes: enough operations to measure, few enough bytes to keep. */
const bytesPerRow = 2 * GiB;
const deletesPerRow = 2_000;
const bytesToDelete = GiB / 4;

const floorsOf = (verb: string, size: SizeName) => ({
  nats: `nats ${verb} ${size}`,
  ...(sizes[size] < MiB && { http: `fastify ${verb} ${size}` }),
  ...(verb === "GET" && size === "4KiB" && { alone: "fastify 4KiB" }),
});

/** Puts `count` objects of one size under `prefix`, by number. */
export async function fill(client: S3Client, prefix: string, count: number, size: number): Promise<void> {
  const body = randomBytes(size);
  const put = (index: number) => client.succeed({ method: "PUT", path: `${prefix}${index}`, body });
  await forEachOf(count, size > MiB ? 2 : 16, put);
}

/** A GET or PUT of the wrong length is an error, not a fast operation. */
export function expectBytes(what: string, bytes: number, size: number): number {
  if (bytes !== size) throw new RequestFailed("wrong length", `${what}: ${bytes} bytes of ${size}`);
  return bytes;
}

/** Objects to read: few large ones, so that preparing does not outlast the row. */
const populationOf = (size: number) => (size > MiB ? 2 : 64);

function rowsOfSize(name: SizeName): Row[] {
  const size = sizes[name];
  const isLarge = size > MiB;
  const population = populationOf(size);
  const stored = async ({ client, bucket, once }: Parameters<Row["prepare"]>[0]) => {
    const prefix = `/${bucket}/get/${name}/`;
    await once(prefix, () => fill(client, prefix, population, size));
    return prefix;
  };
  const deletes = Math.min(deletesPerRow, bytesToDelete / size);
  return [
    {
      name: `PUT ${name}`,
      concurrency: [isLarge ? 1 : 16],
      maxOperations: Math.max(16, bytesPerRow / size),
      floors: floorsOf("PUT", name),
      async prepare({ client, bucket }) {
        const body = randomBytes(size);
        const prefix = `/${bucket}/put/${name}/${randomBytes(3).toString("hex")}/`;
        return async (index) => {
          await client.succeed({ method: "PUT", path: `${prefix}${index}`, body });
          return size;
        };
      },
    },
    {
      name: `GET ${name}`,
      concurrency: isLarge ? [1, 16] : [16],
      floors: floorsOf("GET", name),
      async prepare(scene) {
        const prefix = await stored(scene);
        return async (index) => {
          const path = `${prefix}${index % population}`;
          return expectBytes(path, (await scene.client.succeed({ method: "GET", path })).bytes, size);
        };
      },
    },
    {
      name: `HEAD ${name}`,
      concurrency: [16],
      floors: { nats: "nats HEAD", http: "fastify HEAD" },
      async prepare(scene) {
        const prefix = await stored(scene);
        return async (index) => {
          await scene.client.succeed({ method: "HEAD", path: `${prefix}${index % population}` });
          return 0;
        };
      },
    },
    {
      name: `DELETE ${name}`,
      concurrency: [16],
      maxOperations: deletes,
      floors: { nats: "nats DELETE", http: "fastify DELETE" },
      async prepare({ client, bucket, mostOperations }) {
        // each operation deletes an object of its own: as many are made as the load may delete
        const prefix = `/${bucket}/delete/${name}/${randomBytes(3).toString("hex")}/`;
        await fill(client, prefix, Math.min(deletes, mostOperations), size);
        return async (index) => {
          await client.succeed({ method: "DELETE", path: `${prefix}${index}` });
          return 0;
        };
      },
    },
  ];
}

const small = sizes["4KiB"];

const overwrite: Row = {
  name: "OVERWRITE 4KiB",
  concurrency: [16],
  floors: floorsOf("PUT", "4KiB"),
  async prepare({ client, bucket }) {
    await fill(client, `/${bucket}/overwrite/`, 16, small);
    const body = randomBytes(small);
    return async (index) => {
      await client.succeed({ method: "PUT", path: `/${bucket}/overwrite/${index % 16}`, body });
      return small;
    };
  },
};

const mixed: Row = {
  name: "MIXED 4KiB, 70% GET",
  concurrency: [16],
  floors: { nats: "nats MIXED 4KiB", http: "fastify MIXED 4KiB" },
  async prepare({ client, bucket }) {
    await fill(client, `/${bucket}/mixed/`, 64, small);
    const body = randomBytes(small);
    return async (index) => {
      const path = `/${bucket}/mixed/${index % 64}`;
      if (index % 10 >= 7) await client.succeed({ method: "PUT", path, body });
      else expectBytes(path, (await client.succeed({ method: "GET", path })).bytes, small);
      return small;
    };
  },
};

export const objectRows: readonly Row[] = [...sizeNames.flatMap(rowsOfSize), overwrite, mixed];
