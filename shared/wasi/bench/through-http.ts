import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Mode } from "./hello.ts";

const request = Buffer.from("GET / HTTP/1.1\r\nHost: bench\r\n\r\n");
const lastBytes = "component\n";

/** A server in a process of its own, driven over 16 connections that each wait for their answer. */
export interface BenchServer {
  /**
   * Requests answered in a second of the server's CPU. The CPU's seconds and not the clock's: other work on the machine
   * then hardly shows in the ratios.
   */
  requestsPerSecond(seconds: number): Promise<number>;
  stop(): void;
}

export async function startServer(mode: "bare" | Mode): Promise<BenchServer> {
  const server = spawn(process.execPath, [new URL("server.ts", import.meta.url).pathname, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output]: Buffer[] = await once(server.stdout, "data");
  const port = Number(output);
  const sockets = await Promise.all(Array.from({ length: 16 }, () => open(port)));
  return {
    requestsPerSecond: async (seconds) => {
      const before = await cpuSeconds(port);
      const answered = await drive(sockets, seconds);
      return answered / ((await cpuSeconds(port)) - before);
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.kill();
    },
  };
}

async function cpuSeconds(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/cpu`);
  const usage: { user: number; system: number } = Object(await response.json());
  return (usage.user + usage.system) / 1e6;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  await once(socket, "connect");
  return socket;
}

async function drive(sockets: readonly Socket[], seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1000;
  const counts = await Promise.all(sockets.map((socket) => driveOne(socket, until)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function driveOne(socket: Socket, until: number): Promise<number> {
  let answered = 0;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const onData = (data: Buffer) => {
    // chunked answers end with an empty chunk, others with the text
    const text = data.toString("latin1");
    if (!text.endsWith(lastBytes) && !text.endsWith("0\r\n\r\n")) return;
    if (!text.includes(" 200 ")) reject(new Error(text));
    answered += 1;
    if (performance.now() >= until) resolve(answered);
    else socket.write(request);
  };
  const onClose = () => reject(new Error("the server closed a connection"));
  socket.on("data", onData).on("close", onClose);
  socket.write(request);
  await promise;
  socket.off("data", onData).off("close", onClose);
  return answered;
}
