/** What is measured: each row prepares what it needs, then gives the operation that the load repeats. */
import { randomBytes } from "node:crypto";
import type { Operation } from "./load.ts";
import type { Answer, Call, S3Client } from "./s3-client.ts";

export type Row = { name: string; size: number; prepare(client: S3Client, bucket: string): Promise<Operation> };

const KiB = 1024;
const MiB = 1024 * KiB;
export const sizes: Record<string, number> = {
  "1KiB": KiB,
  "4KiB": 4 * KiB,
  "100KiB": 100 * KiB,
  "1MiB": MiB,
  "64MiB": 64 * MiB,
};

/** Sends and insists on success: a refused request is an error of the row, never a fast operation. */
export async function succeed(client: S3Client, call: Call): Promise<Answer> {
  const answer = await client.send(call);
  if (answer.status >= 300) {
    const code = /<Code>(\w+)<\/Code>/.exec(answer.body?.toString() ?? "")?.[1] ?? "";
    throw new Error(`${call.method} ${call.path}: ${answer.status} ${code}`);
  }
  return answer;
}

/** Puts `count` objects of one size, 16 at a time. */
async function fill(client: S3Client, prefix: string, count: number, size: number): Promise<void> {
  const body = randomBytes(size);
  let next = 0;
  const writer = async () => {
    while (next < count) await succeed(client, { method: "PUT", path: `${prefix}${next++}`, body });
  };
  await Promise.all(Array.from({ length: 16 }, writer));
}

const objectRow = (verb: string, label: string, size: number, prepare: Row["prepare"]): Row => ({
  name: `${verb} ${label}`,
  size,
  prepare,
});

function rowsOfSize(label: string, size: number): Row[] {
  const population = size > MiB ? 2 : 64;
  return [
    objectRow("PUT", label, size, async (client, bucket) => {
      const body = randomBytes(size);
      return async (index) => {
        await succeed(client, { method: "PUT", path: `/${bucket}/put/${label}/${index}`, body });
        return size;
      };
    }),
    objectRow("GET", label, size, async (client, bucket) => {
      await fill(client, `/${bucket}/get/${label}/`, population, size);
      return async (index) => {
        const path = `/${bucket}/get/${label}/${index % population}`;
        const { bytes } = await succeed(client, { method: "GET", path });
        if (bytes !== size) throw new Error(`GET ${path}: ${bytes} bytes of ${size}`);
        return bytes;
      };
    }),
  ];
}

const smallRows: Row[] = [
  objectRow("HEAD", "4KiB", 0, async (client, bucket) => {
    await fill(client, `/${bucket}/head/`, 64, 4 * KiB);
    return async (index) => {
      await succeed(client, { method: "HEAD", path: `/${bucket}/head/${index % 64}` });
      return 0;
    };
  }),
  objectRow("DELETE", "4KiB", 0, async (client, bucket) => {
    // Each operation deletes an object of its own: as many are made as the load may delete.
    await fill(client, `/${bucket}/delete/`, 2_000, 4 * KiB);
    return async (index) => {
      if (index >= 2_000) return 0;
      await succeed(client, { method: "DELETE", path: `/${bucket}/delete/${index}` });
      return 0;
    };
  }),
  objectRow("OVERWRITE", "4KiB", 4 * KiB, async (client, bucket) => {
    const body = randomBytes(4 * KiB);
    return async (index) => {
      await succeed(client, { method: "PUT", path: `/${bucket}/overwrite/${index % 16}`, body });
      return body.length;
    };
  }),
  objectRow("MIXED 70% GET", "4KiB", 4 * KiB, async (client, bucket) => {
    await fill(client, `/${bucket}/mixed/`, 64, 4 * KiB);
    const body = randomBytes(4 * KiB);
    return async (index) => {
      const path = `/${bucket}/mixed/${index % 64}`;
      await succeed(client, index % 10 < 7 ? { method: "GET", path } : { method: "PUT", path, body });
      return body.length;
    };
  }),
  objectRow("LIST", "1000 of 1000 keys", 0, async (client, bucket) => {
    await fill(client, `/${bucket}/list/`, 1_000, 16);
    return async () => {
      const query = "list-type=2&prefix=list%2F";
      const answer = await succeed(client, { method: "GET", path: `/${bucket}`, query, keepBody: true });
      if (!answer.body?.includes("<KeyCount>1000</KeyCount>")) throw new Error("LIST: not 1,000 keys");
      return answer.bytes;
    };
  }),
];

/** The rows for the sizes asked for; the verbs without a size of their own use 4 KiB. */
export function rowsFor(labels: readonly string[]): Row[] {
  return [...labels.flatMap((label) => rowsOfSize(label, sizes[label] ?? 0)), ...smallRows];
}
