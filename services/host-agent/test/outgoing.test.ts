import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { networkInterfaces } from "node:os";
import type { OutgoingRequest } from "../src/workloads/isolate.ts";
import { createOutgoing, type OutgoingPolicy } from "../src/http/outgoing.ts";
import { guardedNetwork } from "../src/worker/guarded-network.ts";
import { isIn, isOwnAddress, metadataServices, networkList } from "../src/machine/networks.ts";

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
      response.writeHead(201, { "x-host": request.headers.host ?? "", "x-method": request.method ?? "" });
      response.end(`${request.url} ${body.length}`);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

const patient = new AbortController().signal;
const request = (authority: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest => {
  return {
    method: "GET",
    scheme: "http",
    authority,
    pathWithQuery: "/x?y=1",
    headers: [],
    body: undefined,
    timeouts: {},
    ...more,
  };
};
const policy = (more: Partial<OutgoingPolicy> = {}): OutgoingPolicy => ({
  allowedHosts: [],
  allowedHostLoopbackPorts: [],
  ...more,
});
const sendOutgoing = createOutgoing({ denied: networkList(metadataServices) });
const send = async (authority: string, rules: OutgoingPolicy, more?: Partial<OutgoingRequest>) =>
  sendOutgoing(request(authority, more), rules, patient);
const text = async (body: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(body)).toString();

describe("a component's request", () => {
  test("goes to a host that is named, with its authority as Host", async () => {
    const { status, headers, body } = await send(`127.0.0.1:${port}`, policy({ allowedHosts: [`127.0.0.1:${port}`] }));
    expect(status).toBe(201);
    expect(headers).toContain(`127.0.0.1:${port}`);
    expect(await text(body)).toBe("/x?y=1 0");
  });

  test("streams its body", async () => {
    async function* pieces() {
      for (let i = 0; i < 20; i++) yield new Uint8Array(50_000);
    }
    const sent = await send(`localhost:${port}`, policy({ allowedHosts: ["localhost"] }), {
      method: "POST",
      body: pieces(),
    });
    expect(await text(sent.body)).toBe("/x?y=1 1000000");
  });

  test("to a host that is not among allowedHosts is denied", async () => {
    await expect(send("example.com", policy({ allowedHosts: ["*.example.com"] }))).rejects.toMatchObject({
      code: "HTTP-request-denied",
    });
  });

  test.for([
    "127.0.0.1",
    "[::1]",
    "localhost",
    "169.254.169.254",
    "0.0.0.0",
    "127.1",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "0x7f.1",
    "[::7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
  ])("to %s is refused unless it is named", async (host) => {
    await expect(send(`${host}:${port}`, policy())).rejects.toThrow("destination-IP-prohibited");
  });

  test("to what a cloud keeps credentials at is refused, also when it is named", async () => {
    const allowedHosts = ["169.254.169.254", "[fd00:ec2::254]"];
    for (const host of allowedHosts)
      await expect(send(host, policy({ allowedHosts }))).rejects.toThrow("destination-IP-prohibited");
  });

  test.for(["127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"])(
    "to a name that points to %s is refused, although the name is allowed",
    async (address) => {
      const pointing = createOutgoing({
        denied: networkList([]),
        resolve: (_host, _options, callback) => callback(null, [{ address, family: address.includes(":") ? 6 : 4 }]),
      });
      const sent = pointing(request(`rebound.example:${port}`), policy({ allowedHosts: ["rebound.example"] }), patient);
      await expect(sent).rejects.toThrow("destination-IP-prohibited");
    },
  );

  test("to this machine's other addresses is refused unless it is named", async () => {
    const other = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find(({ address, family }) => family === "IPv4" && !isOwnAddress(address));
    if (other === undefined) return;
    const authority = `${other.address}:${port}`;
    await expect(send(authority, policy())).rejects.toThrow("destination-IP-prohibited");
    // it gets as far as to nobody who listens there
    await expect(send(authority, policy({ allowedHosts: [other.address] }))).rejects.toThrow("ECONNREFUSED");
  });

  test("goes anywhere but to this machine where allowedHosts has a *", async () => {
    const rules = policy({ allowedHosts: ["*", "127.0.0.2"] });
    await expect(send(`127.0.0.1:${port}`, rules)).rejects.toThrow("destination-IP-prohibited");
    await expect(send("127.0.0.2:1", rules)).rejects.toThrow("ECONNREFUSED");
    await expect(send("name.invalid", rules)).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  });

  test("to a port of this machine that is allowed goes through", async () => {
    expect((await send(`127.0.0.1:${port}`, policy({ allowedHostLoopbackPorts: [port] }))).status).toBe(201);
  });

  test.for(["a b", "user:secret@example.com", "example.com/path", "", "example.com:99999"])(
    "to the authority %j is refused",
    async (authority) => {
      await expect(send(authority, policy())).rejects.toMatchObject({ code: "HTTP-request-URI-invalid" });
    },
  );

  test("is answered while its body is still on its way", async () => {
    const echoing = createServer((incoming, response) => void incoming.pipe(response));
    await new Promise<void>((resolve) => echoing.listen(0, "127.0.0.1", resolve));
    const authority = `127.0.0.1:${(echoing.address() as AddressInfo).port}`;
    const answered = Promise.withResolvers<void>();
    async function* pieces() {
      yield Buffer.from("before ");
      await answered.promise;
      yield Buffer.from("after");
    }
    const { body } = await send(authority, policy({ allowedHosts: [authority] }), { method: "POST", body: pieces() });
    answered.resolve();
    expect(await text(body)).toBe("before after");
    echoing.close();
  });

  test("waits as long as the component says: for a connection's first byte, and between bytes", async () => {
    const slow = createServer((incoming, response) => {
      if (incoming.url === "/silent") return;
      response.write("first");
    });
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const authority = `127.0.0.1:${(slow.address() as AddressInfo).port}`;
    const rules = policy({ allowedHosts: [authority] });
    const silent = send(authority, rules, { pathWithQuery: "/silent", timeouts: { firstByteMs: 50 } });
    await expect(silent).rejects.toThrow("HTTP-response-timeout: ");
    const { body } = await send(authority, rules, { timeouts: { betweenBytesMs: 50 } });
    await expect(text(body)).rejects.toThrow("connection-read-timeout: ");
    slow.closeAllConnections();
    slow.close();
  });

  test("to who does not take connections fails in time", async () => {
    // nobody is at an address for documentation (RFC 5737); what a network says to that differs
    const sent = send("192.0.2.1", policy({ allowedHosts: ["192.0.2.1"] }), { timeouts: { connectMs: 50 } });
    await expect(sent).rejects.toThrow(/connection-timeout: |ENETUNREACH|EHOSTUNREACH|ECONNREFUSED/);
  });

  test("that is answered with another protocol fails, and does not wait for a response", async () => {
    const switching = createTcpServer((socket) => {
      socket.once("data", () =>
        socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
      );
    });
    await new Promise<void>((resolve) => switching.listen(0, "127.0.0.1", resolve));
    const authority = `127.0.0.1:${(switching.address() as AddressInfo).port}`;
    await expect(send(authority, policy({ allowedHosts: [authority] }))).rejects.toThrow("switched protocols");
    switching.close();
  });

  test("to nobody fails, naming the reason", async () => {
    await expect(send("127.0.0.1:1", policy({ allowedHosts: ["127.0.0.1"] }))).rejects.toThrow("ECONNREFUSED");
  });
});

test("a socket does not reach what the operator denies, whatever the manifest allows", async () => {
  const address = { tag: "ipv4" as const, val: { port, address: [127, 0, 0, 1] } };
  await expect(guardedNetwork(["127.0.0.0/8"]).connect(address, patient)).rejects.toMatchObject({ code: "EACCES" });
  const connection = await guardedNetwork(metadataServices).connect(address, patient);
  expect(connection.local.val.port).toBeGreaterThan(0);
  connection.close();
});

test("a list of networks takes addresses and prefixes, and names what is neither", () => {
  const list = networkList(["10.0.0.0/8", "192.0.2.1", "fd00::/8"]);
  const addresses = ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.1", "fd12::1", "11.0.0.1", "192.0.2.2", "fe00::1"];
  expect(addresses.map((address) => isIn(list, address))).toEqual([true, true, true, true, false, false, false]);
  for (const text of ["10.0.0.0/33", "10.0.0/8", "example.com", "10.0.0.0/", "fd00::/8x"])
    expect(() => networkList([text])).toThrow(`${text} is no network such as 10.0.0.0/8, and no address`);
});

test.for([
  ["127.8.9.1", true],
  ["::ffff:127.0.0.1", true],
  ["::ffff:169.254.169.254", true],
  ["fe80::1", true],
  ["64:ff9b::a9fe:a9fe", true],
  ["64:ff9b::808:808", false],
  ["10.0.0.1", false],
  ["93.184.216.34", false],
  ["2001:db8::1", false],
] as const)("isOwnAddress(%s) is %s", ([address, expected]) => {
  expect(isOwnAddress(address)).toBe(expected);
});
