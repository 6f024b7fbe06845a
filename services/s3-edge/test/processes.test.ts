/** One edge as several worker processes: what clients, operators and the mesh see of it. */
import { Agent, request as httpRequest } from "node:http";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { auth } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import type { Credentials } from "@holdfast/s3-protocol";
import { startMesh, type TestMesh, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { pattern, RawSocket, type Reply, type S3, s3Of } from "./harness.ts";

let mesh: TestMesh;
let s3: S3;
const bucket = "edge-processes";
const count = 2;

beforeAll(async () => {
  mesh = await startMesh({ env: { HOLDFAST_EDGE_PROCESSES: String(count), HOLDFAST_MAX_CONNECTIONS: "60" } });
  s3 = s3Of(mesh);
  await s3.makeBucket(bucket);
});
afterAll(async () => await mesh.stop());
beforeEach(() =>
  waitFor(async () => (await workers()).filter(({ ready }) => ready).length === count, { timeoutMs: 20_000 }),
);

const admin = (path: string) => fetch(`${mesh.edges[0]?.admin}${path}`);
const Workers = z.array(z.object({ worker: z.int(), pid: z.int(), ready: z.boolean() }));
const workers = async () => Workers.parse(await (await admin("/workers")).json());
const Line = z.looseObject({ msg: z.string(), worker: z.int().optional(), operation: z.string().optional() });

async function logLines(): Promise<z.output<typeof Line>[]> {
  const text = await readFile(mesh.edges[0]?.process.logFile ?? "", "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => Line.parse(JSON.parse(line)));
}

/** Requests over as many connections, one each, all kept open; each connection is one worker's. */
class Connections implements Disposable {
  readonly #agents: readonly Agent[];

  constructor(size: number) {
    this.#agents = Array.from({ length: size }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  }

  call(
    index: number,
    method: string,
    path: string,
    body: Uint8Array | string = "",
  ): Promise<Pick<Reply, "status" | "text">> {
    const { headers } = s3.sign({ method, path, body });
    const agent = this.#agents[index % this.#agents.length];
    return new Promise((resolve, reject) => {
      const sent = { method, agent, headers: { ...headers, "content-length": Buffer.byteLength(body) } };
      const request = httpRequest(s3.endpoint() + path, sent, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
        response.on("error", reject).on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on("error", reject).end(body);
    });
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents) agent.destroy();
  }
}

const counterOf = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );

const body = pattern(200_000);

/** Whether so many new connections are all taken: closed ones count until the edge has seen it. */
async function hasRoomFor(size: number): Promise<boolean> {
  using connections = new Connections(size);
  const calls = Array.from({ length: size }, (_, i) => connections.call(i, "GET", "/"));
  return (await Promise.allSettled(calls)).every(({ status }) => status === "fulfilled");
}

/** Uploads of which half is there, two on each worker more or less. */
async function halfWritten(name: string): Promise<RawSocket[]> {
  const sockets = Array.from({ length: 2 * count }, () => new RawSocket(s3.endpoint()));
  for (const [i, socket] of sockets.entries()) {
    socket.write(s3.head({ method: "PUT", path: `/${bucket}/${name}-${i}`, body }));
    socket.write(body.subarray(0, body.length / 2));
  }
  const inHand = async () => counterOf(await (await admin("/metrics")).text(), "holdfast_s3_requests_in_flight");
  await waitFor(async () => (await inHand()) === sockets.length, { timeoutMs: 20_000, what: "uploads in hand" });
  return sockets;
}

describe("an edge of two processes", () => {
  test("says ready once, with one admin port and one S3 endpoint, and is two instances in discovery", async () => {
    const ready = (await logLines()).filter(({ msg }) => msg === "ready");
    expect(ready).toMatchObject([{ service: "s3-edge", workers: count, s3: s3.endpoint() }]);
    await using nc = await mesh.connectAdmin();
    const seen: unknown[] = [];
    for await (const { data } of await nc.requestMany("$SRV.PING.s3-edge", "", { maxWait: 500 })) seen.push(data);
    expect(seen).toHaveLength(count);
  });

  test("spreads connections over its workers, and names the worker in each line", async () => {
    using connections = new Connections(12);
    await Promise.all(Array.from({ length: 12 }, (_, i) => connections.call(i, "PUT", `/${bucket}/spread-${i}`, "x")));
    const ofPuts = async () => (await logLines()).filter(({ operation }) => operation === "PutObject");
    await waitFor(async () => (await ofPuts()).length >= 12);
    const perWorker = Object.groupBy(await ofPuts(), ({ worker = 0 }) => worker);
    const ids = (await workers()).map(({ worker }) => String(worker));
    expect(Object.keys(perWorker).sort()).toEqual(ids.sort());
    // in turn, as far as each has taken the last one: nobody goes without, nobody has nearly all
    for (const lines of Object.values(perWorker)) expect(lines?.length).toBeGreaterThanOrEqual(2);
  });

  test("shows metrics and stats of all workers as one, which do not go back when a worker is gone", async () => {
    using connections = new Connections(6);
    const counted = async () => counterOf(await (await admin("/metrics")).text(), "holdfast_s3_requests_total");
    const before = await counted();
    await Promise.all(Array.from({ length: 30 }, (_, i) => connections.call(i, "PUT", `/${bucket}/sum-${i}`, "x")));
    expect(await counted()).toBe(before + 30);
    const stats = z.object({ inFlight: z.int(), requests: z.record(z.string(), z.int()) });
    expect(stats.parse(await (await admin("/stats")).json())).toMatchObject({
      inFlight: 0,
      requests: { PutObject: expect.toSatisfy((puts: number) => puts >= 30) },
    });
    const [victim] = await workers();
    process.kill(victim?.pid ?? 0, "SIGKILL");
    await waitFor(async () => !(await workers()).some(({ pid }) => pid === victim?.pid));
    expect(await counted()).toBe(before + 30);
    expect(counterOf(await (await admin("/metrics")).text(), "holdfast_workers_replaced_total")).toBe(1);
  });

  test("reads on every worker at once what one of them has written, overwritten and deleted", async () => {
    using connections = new Connections(count);
    for (let round = 0; round < 20; round++) {
      const path = `/${bucket}/mine`;
      const body = `round ${round}`;
      expect(await connections.call(round, "PUT", path, body)).toMatchObject({ status: 200 });
      const reads = await Promise.all([0, 1].map((other) => connections.call(round + other, "GET", path)));
      expect(reads.map(({ text }) => text)).toEqual([body, body]);
      const list = await connections.call(round + 1, "GET", `/${bucket}?list-type=2&prefix=mine`);
      expect(list.text).toContain(`<Size>${body.length}</Size>`);
      expect(await connections.call(round + 1, "DELETE", path)).toMatchObject({ status: 204 });
      const gone = await Promise.all([0, 1].map((other) => connections.call(round + other, "GET", path)));
      expect(gone.map(({ status }) => status)).toEqual([404, 404]);
    }
  });

  test("refuses a revoked key on every worker within a second", async () => {
    await using nc = await mesh.connectAdmin();
    const calls = client(nc, auth);
    const key: Credentials = await calls.CreateAccessKey({ user: "tester" });
    const statuses = (as: Credentials) =>
      Promise.all(Array.from({ length: 2 * count }, async () => (await s3.call({ path: "/", as })).status));
    expect(new Set(await statuses(key))).toEqual(new Set([200]));
    const revokedAt = performance.now();
    await calls.DeleteAccessKey({ accessKeyId: key.accessKeyId });
    await waitFor(async () => (await statuses(key)).every((status) => status === 403), {
      timeoutMs: 1_000,
      intervalMs: 20,
    });
    expect(performance.now() - revokedAt).toBeLessThan(1_000);
  });

  test("goes on when a worker is killed in the middle of writes, keeps what was acknowledged, and replaces it", async () => {
    const [victim] = await workers();
    const acknowledged: string[] = [];
    let failed = 0;
    const over = new AbortController();
    const writer = async (id: number) => {
      using connections = new Connections(1);
      for (let i = 0; !over.signal.aborted; i++) {
        const path = `/${bucket}/kept-${id}-${i}`;
        // every eighth by chunks
        const body = i % 8 === 0 ? pattern(100_000) : path;
        const status = await connections.call(0, "PUT", path, body).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status === 200) acknowledged.push(path);
        else await sleep(10, failed++);
      }
    };
    const writing = Promise.all(Array.from({ length: 2 * count }, (_, id) => writer(id)));
    await waitFor(() => acknowledged.length > 60);
    process.kill(victim?.pid ?? 0, "SIGKILL");
    const then = acknowledged.length;
    await waitFor(() => acknowledged.length > then + 60);
    const all = () => workers().then((some) => some.filter(({ ready, pid }) => ready && pid !== victim?.pid));
    await waitFor(async () => (await all()).length === count, { timeoutMs: 20_000 });
    over.abort();
    await writing;
    // one request each of the two connections that it had
    expect(failed).toBeLessThanOrEqual(2 * count);
    using connections = new Connections(16);
    const read = await Promise.all(acknowledged.map((path, i) => connections.call(i, "HEAD", path)));
    expect(read.filter(({ status }) => status !== 200)).toEqual([]);
    expect((await admin("/healthz")).status).toBe(200);
  });

  test("replaces a worker that is told alone to stop, after it has answered what it has in hand", async () => {
    const sockets = await halfWritten("in-hand");
    const [told] = await workers();
    process.kill(told?.pid ?? 0, "SIGTERM");
    for (const socket of sockets) socket.write(body.subarray(body.length / 2));
    for (const socket of sockets) await socket.until((text) => text.includes("\r\n\r\n"));
    expect(sockets.flatMap(({ statuses }) => statuses)).toEqual(sockets.map(() => 200));
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
    const isReplaced = async () => {
      const now = (await workers()).filter(({ ready }) => ready);
      return now.length === count && now.every(({ pid }) => pid !== told?.pid);
    };
    await waitFor(isReplaced, { timeoutMs: 20_000 });
  });
});

describe("the limits of an edge of two processes", () => {
  test("hold for all of them together: 60 connections, not 60 each", async () => {
    const sockets = await Promise.all(Array.from({ length: 66 }, async () => new RawSocket(s3.endpoint())));
    try {
      const asked = sockets.map(async (socket) => {
        socket.write(s3.head({ path: "/" }));
        return socket
          .until((text) => text.includes("</ListAllMyBucketsResult>"))
          .then(
            () => true,
            () => false,
          );
      });
      const answered = (await Promise.all(asked)).filter((isAnswered) => isAnswered).length;
      expect(answered).toBeLessThanOrEqual(60);
      // more than one worker's share; one that has its own closes what is handed to it, also while another one has room
      expect(answered).toBeGreaterThan(60 / count);
    } finally {
      for (const socket of sockets) await socket[Symbol.asyncDispose]();
      await waitFor(async () => hasRoomFor(20), { timeoutMs: 20_000, what: "room again" });
    }
  });
});

describe("an edge of two processes that is told to stop", () => {
  test("answers on every worker what it has in hand, takes nothing new, and is gone", async () => {
    const sockets = await halfWritten("last");
    const [endpoint, pids] = [s3.endpoint(), (await workers()).map(({ pid }) => pid)];
    const gone = mesh.kill("s3-edge", 0, "SIGTERM");
    await waitFor(() =>
      // one that comes while the workers close is neither taken nor refused before the edge is gone
      fetch(endpoint, { signal: AbortSignal.timeout(500) }).then(
        () => false,
        () => true,
      ),
    );
    for (const socket of sockets) socket.write(body.subarray(body.length / 2));
    for (const socket of sockets) await socket.closed();
    expect(sockets.flatMap(({ statuses }) => statuses)).toEqual(sockets.map(() => 200));
    await gone;
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    await mesh.restart("s3-edge");
    for (const i of sockets.keys()) {
      expect((await s3.ok({ path: `/${bucket}/last-${i}` })).body.equals(body)).toBe(true);
    }
  });
});
