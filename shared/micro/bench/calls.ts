/** CPU of a typed call, client and server apart, 16 in flight: `npm run bench -w @holdfast/micro [seconds a row]`. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { commonConfig, connectNats, loadConfig } from "@holdfast/runtime";
import { startNats } from "@holdfast/testkit";
import { z } from "zod";
import { endpoint, service } from "../src/contract.ts";
import { client, serve } from "../src/index.ts";

const Key = z.string().min(1).max(1_024);
const row = z.object({ key: Key, size: z.int().min(0), etag: z.string(), lastModified: z.int() });
const bench = service({
  name: "bench",
  version: "1.0.0",
  description: "For measuring",
  subject: "bench.v1",
  endpoints: {
    Small: endpoint({
      summary: "Five fields",
      input: z.object({ bucket: z.string().min(3).max(63), key: Key, size: z.int().min(0) }),
      output: z.object({ etag: z.string(), sequence: z.int() }),
      errors: {},
      idempotent: true,
    }),
    Raw: endpoint({
      summary: "A body of 4 KiB",
      input: z.object({ bucket: z.string().min(3).max(63), key: Key, size: z.int().min(0) }),
      output: z.object({ etag: z.string(), sequence: z.int() }),
      errors: {},
      idempotent: true,
      rawBody: "both",
    }),
    List: endpoint({
      summary: "1,000 rows",
      input: z.object({ bucket: z.string() }),
      output: z.object({ rows: z.array(row) }),
      errors: {},
      idempotent: true,
    }),
  },
});
const rows = Array.from({ length: 1_000 }, (_, i) => ({
  key: `photos/2026/${i}.jpg`,
  size: i,
  etag: "0123456789abcdef0123456789abcdef",
  lastModified: 1_790_000_000_000 + i,
}));

/** As every process of the mesh connects. */
const connect = (url: string) => connectNats(loadConfig(commonConfig, { HOLDFAST_NATS_URL: url }), "bench");

async function serveAlone(url: string): Promise<void> {
  const nc = await connect(url);
  await serve(nc, bench, {
    Small: async ({ size }) => ({ etag: "0123456789abcdef0123456789abcdef", sequence: size }),
    Raw: async ({ size }, { body }) => ({ output: { etag: "0123456789abcdef", sequence: size }, body }),
    List: async () => ({ rows }),
  });
  process.on("message", () => process.send?.(process.cpuUsage()));
  process.send?.("ready");
}

async function measure(url: string, seconds: number): Promise<void> {
  const server = fork(new URL(import.meta.url), [url], { execArgv: process.execArgv });
  await once(server, "message");
  const nc = await connect(url);
  const calls = client(nc, bench);
  const serverCpu = async (): Promise<number> => {
    server.send("cpu");
    const [{ user, system }] = await once(server, "message");
    return user + system;
  };
  const body = new Uint8Array(4_096);
  const input = { bucket: "photos", key: "2026/11/21/picture.jpg", size: 4_096 };
  const table: Record<string, () => Promise<unknown>> = {
    Small: () => calls.Small(input, { requestId: "7Q2M4XKDTG1ZB0PC" }),
    Raw: () => calls.Raw(input, { body, requestId: "7Q2M4XKDTG1ZB0PC" }),
    List: () => calls.List({ bucket: "photos" }),
  };
  for (const [name, call] of Object.entries(table)) {
    const run = async (ms: number) => {
      const until = Date.now() + ms;
      let done = 0;
      const lane = async () => {
        for (; Date.now() < until; done++) await call();
      };
      await Promise.all(Array.from({ length: 16 }, lane));
      return done;
    };
    await run(500);
    const [before, own] = [await serverCpu(), process.cpuUsage()];
    const done = await run(seconds * 1_000);
    const used = process.cpuUsage(own);
    const theirs = (await serverCpu()) - before;
    const clientUs = (used.user + used.system) / done;
    const serverUs = theirs / done;
    const line = `${name.padEnd(8)} client ${clientUs.toFixed(1)} us  server ${serverUs.toFixed(1)} us  (${done})\n`;
    process.stdout.write(line);
  }
  server.kill();
  await nc.close();
}

const [argument = "2"] = process.argv.slice(2);
if (argument.startsWith("nats://")) await serveAlone(argument);
else {
  await using nats = await startNats();
  await measure(nats.url, Number(argument));
}
