import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { guest } from "@holdfast/guests";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { hostNetwork, VirtualLoopback } from "../src/index.ts";
import { loopbackAddress } from "../src/sockets/address.ts";
import { createSockets } from "../src/sockets/sockets.ts";
import { bytes, text } from "../src/testing.ts";
import { linked } from "./guests.ts";

// whoever asks first for a guest has all small ones built
beforeAll(async () => {
  await guest("service-echo");
});

/** A server of the host, and an instance that may reach it. */
async function hostServer(onConnection: (socket: Socket) => void) {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const sockets = createSockets({
    outgoing: { network: hostNetwork, allowedHosts: [], allowedIpNameLookups: [], allowedHostLoopbackPorts: [port, 1] },
  });
  onTestFinished(() => sockets.reset());
  return { port, sockets };
}

async function connected(sockets: ReturnType<typeof createSockets>, port: number) {
  const socket = sockets.tcpCreateSocket.createTcpSocket("ipv4");
  socket.startConnect({}, loopbackAddress("ipv4", port));
  await socket.subscribe().block();
  const [input, output] = socket.finishConnect();
  return { socket, input, output };
}

describe("a connection out of the workload", () => {
  test("carries bytes both ways, ends in each direction, and holds back who is too fast", async () => {
    const { port, sockets } = await hostServer((socket) => socket.pipe(socket));
    const { socket, input, output } = await connected(sockets, port);
    expect(socket.localAddress().val.address).toEqual([127, 0, 0, 1]);
    expect(socket.remoteAddress()).toEqual(loopbackAddress("ipv4", port));
    const sent = (async () => {
      for (let i = 0; i < 40; i++) await output.blockingWriteAndFlush(new Uint8Array(50_000).fill(i));
      socket.shutdown("send");
    })();
    let got = 0;
    while (got < 2_000_000) got += (await input.blockingRead(1_000_000n)).length;
    await sent;
    await expect(Promise.resolve(input.blockingRead(1n))).rejects.toMatchObject({ payload: { tag: "closed" } });
  });

  test("sees the other side's end, also when nothing was sent", async () => {
    const { port, sockets } = await hostServer((socket) => socket.end());
    const { input, socket } = await connected(sockets, port);
    await expect(Promise.resolve(input.blockingRead(1n))).rejects.toMatchObject({ payload: { tag: "closed" } });
    socket[Symbol.dispose]();
  });

  test("tells that it was reset, and when nobody is there", async () => {
    const { port, sockets } = await hostServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const { input, output } = await connected(sockets, port);
    output.write(bytes("x"));
    await expect(Promise.resolve(input.blockingRead(1n))).rejects.toMatchObject({
      payload: { tag: "last-operation-failed", val: { code: "connection-reset" } },
    });
    await expect(connected(sockets, 1)).rejects.toMatchObject({ payload: "connection-refused" });
  });

  test("is closed for the other side when the guest's call ends", async () => {
    const ended = Promise.withResolvers<string>();
    const { port, sockets } = await hostServer((socket) => socket.on("end", () => ended.resolve("ended")).resume());
    await connected(sockets, port);
    sockets.reset();
    expect(await ended.promise).toBe("ended");
  });
});

describe("a service and a component of one workload", () => {
  test("talk over their own 127.0.0.1", async () => {
    const loopback = new VirtualLoopback();
    const lines: string[] = [];
    const service = await linked("service-echo", {
      cli: { stdout: (line) => lines.push(line) },
      sockets: { loopback, mayListen: true },
    });
    const { run } = service.instance.getInterface("wasi:cli/run@0.2.12");
    const running = typeof run === "function" ? run() : undefined;
    const { call } = await linked("http-loopback", { sockets: { loopback } });
    for (const said of ["hello", "again"]) {
      expect(await call("/7777", { method: "POST", body: bytes(said) })).toMatchObject({ status: 200, body: said });
    }
    expect(lines).toEqual(["listening on 127.0.0.1:7777"]);
    expect(await call("/7778", { method: "POST", body: bytes("x") })).toMatchObject({ status: 502, body: "14" });
    const { call: stranger } = await linked("http-loopback", { sockets: { loopback: new VirtualLoopback() } });
    expect(await stranger("/7777", { method: "POST", body: bytes("x") })).toMatchObject({ status: 502, body: "14" });
    await call("/7777", { method: "POST", body: bytes("stop") });
    await running;
  });

  test("and a hostile one finds nothing of the host", async () => {
    const { call } = await linked("http-hostile");
    expect((await call("/files")).body).toBe("");
    expect(
      text(bytes((await call("/sockets")).body))
        .split("\n")
        .filter(Boolean),
    ).not.toContain("opened");
  });
});
