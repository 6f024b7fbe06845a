import { Trap } from "@holdfast/component-host";
import { describe, expect, test } from "vitest";
import type { AllowedHosts } from "../policy/allowed-hosts.ts";
import { bytes, payloadOf, text } from "../testing.ts";
import { loopbackAddress, parseAddress, socketAddress } from "./address.ts";
import { connectionPair } from "./connection.ts";
import { NetworkIoError, networkErrorCode } from "./error-code.ts";
import type { HostNetwork } from "./host-network.ts";
import { createSockets } from "./sockets.ts";
import type { SocketOptions } from "./sockets.ts";
import type { TcpSocket } from "./tcp-socket.ts";
import { VirtualLoopback } from "./virtual-loopback.ts";

const at = (address: string, port: number) => socketAddress(parseAddress(address)?.val ?? [], port);
const local = (port: number) => loopbackAddress("ipv4", port);
const network = {};

/** A workload: its service may listen, its component not. */
function workload(options: SocketOptions = {}) {
  const loopback = new VirtualLoopback();
  const service = createSockets({ loopback, mayListen: true, ...options });
  const component = createSockets({ loopback, ...options });
  return { service, component, loopback };
}

type Sockets = ReturnType<typeof createSockets>;
const tcp = (sockets: Sockets) => sockets.tcpCreateSocket.createTcpSocket("ipv4");

function listen(sockets: Sockets, port: number, address = "127.0.0.1"): TcpSocket {
  const socket = tcp(sockets);
  socket.startBind(network, at(address, port));
  socket.finishBind();
  socket.startListen();
  socket.finishListen();
  return socket;
}

function connect(sockets: Sockets, port: number) {
  const socket = tcp(sockets);
  socket.startConnect(network, local(port));
  const [input, output] = socket.finishConnect();
  return { socket, input, output };
}

describe("the workload's own loopback", () => {
  test.for(["127.0.0.1", "0.0.0.0"])(
    "carries bytes from a component to the service that listens on %s",
    async (address) => {
      const { service, component } = workload();
      const server = listen(service, 7777, address);
      expect(server.isListening()).toBe(true);
      expect(payloadOf(() => server.accept())).toBe("would-block");
      const arrival = server.subscribe();
      expect(arrival.ready()).toBe(false);

      const client = connect(component, 7777);
      expect(arrival.ready()).toBe(true);
      const [accepted, input, output] = server.accept();
      expect(accepted.localAddress()).toEqual(local(7777));
      expect(accepted.remoteAddress()).toEqual(client.socket.localAddress());
      expect(client.socket.remoteAddress()).toEqual(local(7777));

      const answer = client.input.blockingRead(100n);
      client.output.write(bytes("ping"));
      expect(text(await input.blockingRead(100n))).toBe("ping");
      output.write(bytes("pong"));
      expect(text(await answer)).toBe("pong");

      client.socket.shutdown("send");
      expect(payloadOf(() => client.output.write(bytes("x")))).toEqual({ tag: "closed" });
      expect(payloadOf(() => input.read(1n))).toEqual({ tag: "closed" });
      output.write(bytes("bye"));
      accepted[Symbol.dispose]();
      expect(text(client.input.read(100n))).toBe("bye");
      expect(payloadOf(() => client.input.read(1n))).toEqual({ tag: "closed" });
    },
  );

  test("is nobody else's", () => {
    const [one, other] = [workload(), workload()];
    listen(one.service, 7777);
    listen(other.service, 7777);
    expect(payloadOf(() => connect(workload().component, 7777))).toBe("connection-refused");
    expect(payloadOf(() => connect(createSockets(), 7777))).toBe("connection-refused");
    connect(one.component, 7777);
  });

  test("is served only by who may", () => {
    const { component } = workload();
    expect(payloadOf(() => listen(component, 7777))).toBe("access-denied");
    const udp = component.udpCreateSocket.createUdpSocket("ipv4");
    expect(payloadOf(() => udp.startBind(network, local(53)))).toBe("access-denied");
  });

  test("has each port once, and again when it is free", () => {
    const { service } = workload();
    const first = listen(service, 7777);
    expect(payloadOf(() => listen(service, 7777))).toBe("address-in-use");
    first[Symbol.dispose]();
    listen(service, 7777);
    const [a, b] = [listen(service, 0), listen(service, 0)];
    expect(a.localAddress().val.port).not.toBe(b.localAddress().val.port);
    expect(payloadOf(() => listen(service, 80, "192.0.2.1"))).toBe("address-not-bindable");
  });

  test("refuses who comes when nobody accepts, and those that wait when the service ends", () => {
    const { service, component } = workload();
    const server = tcp(service);
    server.setListenBacklogSize(2n);
    server.startBind(network, local(7777));
    server.finishBind();
    server.startListen();
    server.finishListen();
    const waiting = [connect(component, 7777), connect(component, 7777)];
    expect(payloadOf(() => connect(component, 7777))).toBe("connection-refused");
    service.reset();
    for (const { input } of waiting) expect(payloadOf(() => input.read(1n))).toEqual({ tag: "closed" });
    expect(payloadOf(() => connect(component, 7777))).toBe("connection-refused");
  });

  test("holds back who writes faster than is read", async () => {
    const { service, component } = workload();
    const server = listen(service, 1);
    const { output } = connect(component, 1);
    const [, input] = server.accept();
    const written = output.blockingWriteAndFlush(new Uint8Array(200_000));
    expect(written).toBeInstanceOf(Promise);
    for (let got = 0; got < 200_000;) got += (await input.blockingRead(1_000_000n)).length;
    await written;
  });
});

describe("a TCP socket", () => {
  test("answers what comes at the wrong time with invalid-state or not-in-progress", () => {
    const { service } = workload();
    const socket = tcp(service);
    expect(payloadOf(() => socket.finishBind())).toBe("not-in-progress");
    expect(payloadOf(() => socket.finishConnect())).toBe("not-in-progress");
    expect(payloadOf(() => socket.startListen())).toBe("invalid-state");
    expect(payloadOf(() => socket.finishListen())).toBe("not-in-progress");
    expect(payloadOf(() => socket.accept())).toBe("invalid-state");
    expect(payloadOf(() => socket.shutdown("both"))).toBe("invalid-state");
    expect(payloadOf(() => socket.localAddress())).toBe("invalid-state");
    expect(payloadOf(() => socket.remoteAddress())).toBe("invalid-state");
    socket.startBind(network, local(5));
    expect(payloadOf(() => socket.startBind(network, local(5)))).toBe("invalid-state");
    expect(payloadOf(() => socket.startConnect(network, local(5)))).toBe("invalid-state");
    socket.finishBind();
    expect(socket.localAddress()).toEqual(local(5));
    socket.startListen();
    socket.finishListen();
    expect(payloadOf(() => socket.startConnect(network, local(5)))).toBe("invalid-state");
  });

  test("is closed after a connection that failed", () => {
    const { component } = workload();
    const socket = tcp(component);
    socket.startConnect(network, local(9));
    expect(socket.subscribe().ready()).toBe(true);
    expect(payloadOf(() => socket.finishConnect())).toBe("connection-refused");
    expect(payloadOf(() => socket.startConnect(network, local(9)))).toBe("invalid-state");
  });

  test("keeps its options, none of them 0", () => {
    const socket = tcp(workload().component);
    socket.setKeepAliveEnabled(true);
    socket.setKeepAliveIdleTime(5n);
    socket.setKeepAliveInterval(6n);
    socket.setKeepAliveCount(7);
    socket.setHopLimit(8);
    socket.setReceiveBufferSize(9n);
    socket.setSendBufferSize(10n);
    expect([socket.keepAliveEnabled(), socket.keepAliveIdleTime(), socket.keepAliveInterval()]).toEqual([true, 5n, 6n]);
    expect([socket.keepAliveCount(), socket.hopLimit()]).toEqual([7, 8]);
    expect([socket.receiveBufferSize(), socket.sendBufferSize()]).toEqual([9n, 10n]);
    for (const call of [
      () => socket.setKeepAliveIdleTime(0n),
      () => socket.setKeepAliveCount(0),
      () => socket.setHopLimit(0),
      () => socket.setSendBufferSize(0n),
      () => socket.setListenBacklogSize(0n),
    ]) {
      expect(payloadOf(call)).toBe("invalid-argument");
    }
    expect(socket.addressFamily()).toBe("ipv4");
  });

  test("is one of a limited number; a call's end closes all", () => {
    const { component } = workload({ maxSockets: 2 });
    const sockets = [tcp(component), tcp(component)];
    expect(payloadOf(() => tcp(component))).toBe("new-socket-limit");
    sockets[0]?.[Symbol.dispose]();
    tcp(component);
    component.reset();
    tcp(component);
  });
});

/** A network of the host that knows one name and connects to everything. */
function outside(
  allowedHosts: AllowedHosts,
  more: Partial<Record<"lookups" | "ports", never[] | string[] | number[]>> = {},
) {
  const reached: string[] = [];
  const host: HostNetwork = {
    connect: (address) => {
      reached.push(`${address.val.address.join(".")}:${address.val.port}`);
      const [near] = connectionPair();
      return Promise.resolve({ ...near, local: at("192.0.2.99", 1) });
    },
    lookup: (name) => {
      if (name === "db.example.com") return Promise.resolve(["192.0.2.1", "2001:db8::1"]);
      return Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
    },
  };
  const outgoing = {
    network: host,
    allowedHosts,
    allowedIpNameLookups: (more.lookups ?? []).map(String),
    allowedHostLoopbackPorts: (more.ports ?? []).map(Number),
  };
  return { ...workload({ outgoing }), reached };
}

async function reach(sockets: Sockets, address: string, port: number) {
  const socket = sockets.tcpCreateSocket.createTcpSocket(address.includes(":") ? "ipv6" : "ipv4");
  socket.startConnect(network, at(address, port));
  await socket.subscribe().block();
  return socket.finishConnect();
}

async function resolved(sockets: Sockets, name: string): Promise<unknown[]> {
  const stream = sockets.ipNameLookup.resolveAddresses(network, name);
  await stream.subscribe().block();
  const addresses: unknown[] = [];
  for (let next = stream.resolveNextAddress(); next !== undefined; next = stream.resolveNextAddress())
    addresses.push(next);
  return addresses;
}

describe("the way out of a workload", () => {
  test("is closed without a policy", async () => {
    const { component } = workload();
    await expect(reach(component, "192.0.2.1", 80)).rejects.toMatchObject({ payload: "access-denied" });
    await expect(resolved(component, "example.com")).rejects.toMatchObject({ payload: "access-denied" });
  });

  test("is open to addresses that are named, with their port where it has one", async () => {
    const { component, reached } = outside(["192.0.2.1:5432", "2001:DB8::2"]);
    await reach(component, "192.0.2.1", 5432);
    await reach(component, "2001:db8::2", 1);
    await expect(reach(component, "192.0.2.1", 80)).rejects.toMatchObject({ payload: "access-denied" });
    await expect(reach(component, "192.0.2.2", 5432)).rejects.toMatchObject({ payload: "access-denied" });
    expect(reached).toHaveLength(2);
  });

  test("is open to what an allowed name was resolved to, in this call only", async () => {
    const { component } = outside(["db.example.com:5432"], { lookups: ["*.example.com"] });
    await expect(reach(component, "192.0.2.1", 5432)).rejects.toMatchObject({ payload: "access-denied" });
    expect(await resolved(component, "DB.example.com")).toEqual([
      parseAddress("192.0.2.1"),
      parseAddress("2001:db8::1"),
    ]);
    await reach(component, "192.0.2.1", 5432);
    await expect(reach(component, "192.0.2.1", 80)).rejects.toMatchObject({ payload: "access-denied" });
    component.reset();
    await expect(reach(component, "192.0.2.1", 5432)).rejects.toMatchObject({ payload: "access-denied" });
  });

  test("leads to no special address unless that is named, and never to the host's loopback by mistake", async () => {
    const { component, reached } = outside("any");
    await reach(component, "192.0.2.1", 80);
    for (const address of ["169.254.169.254", "fe80::1", "224.0.0.1"]) {
      await expect(reach(component, address, 80)).rejects.toMatchObject({ payload: "access-denied" });
    }
    await expect(reach(component, "127.0.0.1", 80)).rejects.toMatchObject({ payload: "connection-refused" });
    expect(reached).toEqual(["192.0.2.1:80"]);
    await reach(outside(["169.254.169.254"]).component, "169.254.169.254", 80);
  });

  test("leads to the host's loopback at the ports that are allowed", async () => {
    const { component, service, reached } = outside([], { ports: [6379] });
    listen(service, 80);
    await reach(component, "127.0.0.1", 6379);
    await reach(component, "127.0.0.1", 80);
    expect(reached).toEqual(["127.0.0.1:6379"]);
  });

  test("looks up names that are allowed, says when there are none, and takes addresses as they are", async () => {
    const { component } = outside([], { lookups: ["nowhere.example.com", "localhost"] });
    await expect(resolved(component, "nowhere.example.com")).rejects.toMatchObject({ payload: "name-unresolvable" });
    await expect(resolved(component, "db.example.com")).rejects.toMatchObject({ payload: "access-denied" });
    await expect(resolved(component, "not a name")).rejects.toMatchObject({ payload: "invalid-argument" });
    expect(await resolved(component, "192.0.2.7")).toEqual([parseAddress("192.0.2.7")]);
    expect(await resolved(component, "localhost")).toEqual([parseAddress("127.0.0.1"), parseAddress("::1")]);
    expect(networkErrorCode(new NetworkIoError("timeout"))).toBe("timeout");
  });
});

describe("UDP on the workload's own loopback", () => {
  function bound(sockets: Sockets, port: number) {
    const socket = sockets.udpCreateSocket.createUdpSocket("ipv4");
    socket.startBind(network, local(port));
    socket.finishBind();
    return socket;
  }

  test("carries datagrams and who sent them", async () => {
    const { service, component } = workload();
    const [incoming, outgoing] = bound(service, 53).stream(undefined);
    const client = bound(component, 0);
    const [answers, questions] = client.stream(local(53));
    expect(client.remoteAddress()).toEqual(local(53));
    expect(incoming.subscribe().ready()).toBe(false);
    const arrived = incoming.subscribe().block();
    expect(
      questions.send([
        { data: bytes("a"), remoteAddress: undefined },
        { data: bytes("b"), remoteAddress: local(53) },
      ]),
    ).toBe(2n);
    await arrived;
    expect(incoming.receive(10n)).toEqual([
      { data: bytes("a"), remoteAddress: client.localAddress() },
      { data: bytes("b"), remoteAddress: client.localAddress() },
    ]);
    expect(incoming.receive(10n)).toEqual([]);
    expect(outgoing.send([{ data: bytes("c"), remoteAddress: client.localAddress() }])).toBe(1n);
    expect(answers.receive(1n)).toEqual([{ data: bytes("c"), remoteAddress: local(53) }]);
  });

  test("hears only whom it is connected to", () => {
    const { service, component } = workload();
    const [incoming] = bound(service, 53).stream(local(9));
    const [, outgoing] = bound(component, 0).stream(undefined);
    outgoing.send([{ data: bytes("a"), remoteAddress: local(53) }]);
    expect(incoming.receive(10n)).toEqual([]);
  });

  test("gives up its port once: who has it next keeps it", () => {
    const { service, component } = workload();
    const first = bound(service, 53);
    service.reset();
    const [incoming] = bound(service, 53).stream(undefined);
    first[Symbol.dispose]();
    const [, outgoing] = bound(component, 0).stream(undefined);
    outgoing.send([{ data: bytes("a"), remoteAddress: local(53) }]);
    expect(incoming.receive(1n)).toHaveLength(1);
  });

  test("loses what nobody takes", () => {
    const { service, component } = workload();
    const [incoming] = bound(service, 53).stream(undefined);
    const [, outgoing] = bound(component, 0).stream(undefined);
    const many = Array.from({ length: 64 }, () => ({ data: bytes("a"), remoteAddress: local(53) }));
    for (let i = 0; i < 10; i++) outgoing.send(many);
    let got = 0;
    for (let batch = incoming.receive(1_000n); batch.length > 0; batch = incoming.receive(1_000n)) got += batch.length;
    expect(got).toBe(256);
    expect(outgoing.send([{ data: bytes("a"), remoteAddress: local(54) }])).toBe(1n);
    expect(() => outgoing.send([...many, ...many])).toThrow(Trap);
  });

  test("answers wrong targets with their code", () => {
    const { component } = workload();
    const socket = component.udpCreateSocket.createUdpSocket("ipv4");
    expect(payloadOf(() => socket.stream(undefined))).toBe("invalid-state");
    expect(payloadOf(() => socket.finishBind())).toBe("not-in-progress");
    socket.startBind(network, at("0.0.0.0", 0));
    socket.finishBind();
    expect(payloadOf(() => socket.remoteAddress())).toBe("invalid-state");
    expect(payloadOf(() => socket.stream(at("192.0.2.1", 53)))).toBe("access-denied");
    const [, outgoing] = socket.stream(local(53));
    for (const [remoteAddress, code] of [
      [local(54), "invalid-argument"],
      [at("192.0.2.1", 53), "invalid-argument"],
    ] as const) {
      expect(payloadOf(() => outgoing.send([{ data: bytes("a"), remoteAddress }]))).toBe(code);
    }
    const [, free] = socket.stream(undefined);
    expect(payloadOf(() => free.send([{ data: bytes("a"), remoteAddress: undefined }]))).toBe("invalid-argument");
    expect(payloadOf(() => free.send([{ data: bytes("a"), remoteAddress: at("192.0.2.1", 53) }]))).toBe(
      "access-denied",
    );
    const large = { data: new Uint8Array(65_508), remoteAddress: local(53) };
    expect(payloadOf(() => free.send([large]))).toBe("datagram-too-large");
    expect(free.send([{ data: bytes("a"), remoteAddress: local(53) }, large])).toBe(1n);
    socket.setUnicastHopLimit(3);
    expect([socket.unicastHopLimit(), socket.receiveBufferSize(), socket.addressFamily()]).toEqual([
      3,
      65_536n,
      "ipv4",
    ]);
  });
});
