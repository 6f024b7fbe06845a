/** What one call costs in CPU, here and in nats-server: `node services/object-metadata/bench/calls.ts [seconds] [operation,...]`. */
import { createHash } from "node:crypto";
import { objectMetadata } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import { load, makeBed, useOf } from "./instance.ts";

const seconds = Number(process.argv[2] ?? 2);
const wanted = process.argv[3]?.split(",");
const callers = 16;

await using bed = await makeBed();
const instance = await bed.start({ HOLDFAST_PURGE_GRACE: process.env["HOLDFAST_PURGE_GRACE"] ?? "1s" });
const nc = await bed.nats.connect();
const api = client(nc, objectMetadata);
const bucket = "bench";
const { id: bucketId } = await api.CreateBucket({ bucket, owner: "ann" });
const body = Buffer.alloc(4096, "x");
const [etag, sha256] = [
  createHash("md5").update(body).digest("hex"),
  createHash("sha256").update(body).digest("base64url"),
];
const attributes = {
  headers: { "content-type": "application/octet-stream" },
  userMetadata: {},
  tags: [],
  storageClass: "STANDARD",
};
const put = (key: string) =>
  api.PutObject({ bucket, bucketId, key, attributes, etag, sha256, conditions: {} }, { body });
const pad = (i: number) => String(i).padStart(8, "0");

let made = 0;
let removed = 0;
let round = 0;
const fill = async (count: number) => {
  while (made < count) await put(`put/${pad(made++)}`);
};
const operations: Record<string, () => Promise<unknown>> = {
  PUT: () => put(`put/${pad(made++)}`),
  OVERWRITE: () => put(`over/${pad(round++ % 1_000)}`),
  DELETE: () => api.DeleteObject({ bucket, bucketId, key: `put/${pad(removed++)}` }),
  LIST: () => api.ListObjects({ bucket, bucketId, prefix: "over/" }),
  FENCE: () => api.ListObjects({ bucket, bucketId, prefix: "none/" }),
};

await load(callers, 1, () => put(`warm/${pad(made++)}`));
made = 0;
for (const [name, operation] of Object.entries(operations)) {
  if (wanted !== undefined && !wanted.includes(name)) continue;
  if (name === "DELETE") await Promise.all(Array.from({ length: 64 }, () => fill(25_000 * seconds)));
  if (name === "LIST") for (let i = 0; i < 1_000; i++) await put(`over/${pad(i)}`);
  await load(callers, 0.3, operation);
  const pids = { metadata: instance.pid, nats: bed.nats.pid };
  const before = await Promise.all(Object.values(pids).map(useOf));
  const count = await load(callers, seconds, operation);
  const after = await Promise.all(Object.values(pids).map(useOf));
  const costs = Object.keys(pids).map((process, i) => {
    const us = (((after[i]?.cpuMs ?? 0) - (before[i]?.cpuMs ?? 0)) / count) * 1_000;
    return `${process} ${us.toFixed(0).padStart(5)} us`;
  });
  process.stdout.write(`${name.padEnd(10)} ${(count / seconds).toFixed(0).padStart(6)}/s  ${costs.join("  ")}\n`);
}
