/** Many large transfers at a time through one edge, whose connections to NATS must stand them. */
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { startMesh, type TestMesh } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pattern, type S3, s3Of } from "./harness.ts";

let mesh: TestMesh;
let s3: S3;
const path = "/edge-parallel/large";
const mib = 1024 ** 2;
const size = 24 * mib;

beforeAll(async () => {
  mesh = await startMesh();
  s3 = s3Of(mesh);
  await s3.makeBucket("edge-parallel");
  await s3.ok({ method: "PUT", path, body: pattern(size) });
});
afterAll(async () => await mesh.stop());

/** Bytes of the answer, which is begun at once and read only when `mayRead` says so. */
function slowDownload(mayRead: Promise<void>): Promise<number> {
  const { headers } = s3.sign({ path });
  return new Promise((resolve, reject) => {
    const sent = request(s3.endpoint() + path, { headers, agent: false }, (response) => {
      response.pause();
      let bytes = 0;
      response.on("data", (piece: Buffer) => (bytes += piece.length));
      response.on("end", () => resolve(bytes)).on("error", reject);
      void mayRead.then(() => response.resume());
    });
    sent.on("error", reject).end();
  });
}

const slowConsumers = async () => {
  const log = await readFile(join(mesh.nats.storeDir, "nats-server.log"), "utf8");
  return log.split("\n").filter((line) => line.includes("Slow Consumer"));
};

describe("one edge", () => {
  test("serves 30 slow downloads beside uploads: nats-server never finds it a slow consumer", async () => {
    const uploads = Promise.withResolvers<void>();
    const downloads = Array.from({ length: 30 }, () => slowDownload(uploads.promise));
    const body = pattern(16 * mib);
    const puts = [1, 2, 3, 4, 5, 6].map((i) =>
      s3.call({ method: "PUT", path: `/edge-parallel/${i}`, body, payload: "UNSIGNED-PAYLOAD" }),
    );
    expect((await Promise.all(puts)).map(({ status }) => status)).toEqual(puts.map(() => 200));
    uploads.resolve();
    expect(await Promise.all(downloads)).toEqual(downloads.map(() => size));
    expect(await slowConsumers()).toEqual([]);
  });

  test("lists 1,000 long keys for 150 clients at once: pages of 1.2 MB do not overwhelm a connection either", async () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => String(i).padEnd(1_020, "k"));
    await s3.makeBucket("edge-long-keys");
    const store = async () => {
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
        await s3.ok({ method: "PUT", path: `/edge-long-keys/${key}` });
      }
    };
    await Promise.all(Array.from({ length: 16 }, store));
    const lists = Array.from({ length: 150 }, () => s3.call({ path: "/edge-long-keys?list-type=2" }));
    for (const { status, text } of await Promise.all(lists)) {
      expect([status, text.match(/<Key>/g)?.length]).toEqual([200, 1_000]);
    }
    expect(await slowConsumers()).toEqual([]);
  }, 120_000);
});
