import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OutgoingRequest } from "../src/workloads/isolate.ts";
import { isOwnAddress, type OutgoingPolicy, sendOutgoing } from "../src/http/outgoing.ts";

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
const send = (authority: string, rules: OutgoingPolicy, more?: Partial<OutgoingRequest>) =>
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
  ])("to %s is refused unless it is named", async (host) => {
    await expect(send(`${host}:${port}`, policy())).rejects.toThrow("destination-IP-prohibited");
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

test.for([
  ["127.8.9.1", true],
  ["::ffff:127.0.0.1", true],
  ["::ffff:169.254.169.254", true],
  ["fe80::1", true],
  ["10.0.0.1", false],
  ["93.184.216.34", false],
  ["2001:db8::1", false],
] as const)("isOwnAddress(%s) is %s", ([address, expected]) => {
  expect(isOwnAddress(address)).toBe(expected);
});
