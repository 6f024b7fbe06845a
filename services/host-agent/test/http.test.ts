import { selfSigned, startHost, startNats, temporaryFolder } from "@holdfast/testkit";
import { hostClient } from "@holdfast/host-protocol";
import { createServer, request } from "node:http";
import { request as httpsRequest } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, type Harness, http, imageOf, startHarness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({
    HOLDFAST_HOST_CALL_TIMEOUT: "1s",
    HOLDFAST_HOST_IDLE_TIMEOUT: "3s",
    HOLDFAST_HOST_MAX_CALLS: "2",
    HOLDFAST_HOST_MAX_QUEUE: "1",
    HOLDFAST_HOST_MAX_BODY_BYTES: String(8 * 1024 * 1024),
  });
});
afterAll(() => harness[Symbol.asyncDispose]());

describe("a component behind HTTP", () => {
  test("answers requests for its host name", async () => {
    const hello = await harness.run("http-hello");
    expect(hello.status).toMatchObject({ workloadState: "WORKLOAD_STATE_RUNNING" });
    expect(await hello.get("/")).toMatchObject({ status: 200 });
  });

  test("gets method, path, headers and body, and streams the body back", async () => {
    const echo = await harness.run("http-echo");
    const body = Buffer.alloc(3 * 1024 * 1024, "holdfast ");
    const answer = await echo.get("/a/b?c=d", { method: "POST", headers: { "x-colour": "blue" }, body });
    expect(answer.status).toBe(200);
    expect(answer.bytes.equals(body)).toBe(true);
    expect(JSON.stringify(answer.headers)).toContain("blue");
  });

  test("reaches other hosts as far as allowedHosts says", async () => {
    const server = createServer((_request, response) => response.end("from outside"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const image = await imageOf("http-proxy");
    const [named, unnamed] = await Promise.all(
      [[`127.0.0.1:${port}`], []].map((allowedHosts) =>
        harness.run({ name: "proxy", image, localResources: { allowedHosts } }),
      ),
    );
    expect(await named?.get(`/http/127.0.0.1:${port}/x`)).toMatchObject({ status: 200, body: "from outside" });
    expect((await unnamed?.get(`/http/127.0.0.1:${port}/x`))?.status).toBe(502);
    server.close();
  });

  test("is linked to what it sends requests with, and denied all of them, unless that is declared", async () => {
    const components = [{ name: "proxy", image: await imageOf("http-proxy") }];
    const hostInterfaces = [http(["incoming-handler"], { host: "undeclared.test" })];
    const { workloadId, message } = await harness.start({ witWorld: { components, hostInterfaces } });
    expect(message).toBe("running");
    // 15: HTTP-request-denied
    expect(await call(harness.host.http, "undeclared.test", "/http/example.com/")).toMatchObject({
      status: 502,
      body: expect.stringContaining("15"),
    });
    const { lines } = await harness.agent.Logs({ workloadId, waitMs: 10_000 });
    expect(lines).toMatchObject([
      {
        component: "proxy",
        level: "warn",
        message: "a request was denied: the workload does not declare wasi:http/outgoing-handler under hostInterfaces",
      },
    ]);
  });
});

describe("trailers", () => {
  test("go through a component both ways, to another server and back, where they are announced", async () => {
    const heard: NodeJS.Dict<string>[] = [];
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        heard.push(request.trailers);
        response.writeHead(200, { trailer: "x-sum" });
        response.write("streamed");
        response.addTrailers({ "x-sum": "8", "set-cookie": "no=1" });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const authority = `127.0.0.1:${port}`;
    const image = await imageOf("http-proxy");
    const proxy = await harness.run({ name: "proxy", image, localResources: { allowedHosts: [authority] } });
    const answered = Promise.withResolvers<{ body: string; trailers: NodeJS.Dict<string> }>();
    const headers = { host: proxy.hostName, trailer: "x-seen, authorization", "transfer-encoding": "chunked" };
    const options = { method: "POST", headers };
    const sent = request(new URL(`/http/${authority}/x`, harness.host.http), options, (response) => {
      const collect = async () => {
        const bytes = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>));
        answered.resolve({ body: bytes.toString(), trailers: response.trailers });
      };
      collect().catch(answered.reject);
    });
    sent.on("error", answered.reject);
    sent.write("some body");
    sent.addTrailers({ "x-seen": "yes", authorization: "secret" });
    sent.end();
    expect(await answered.promise).toEqual({ body: "streamed", trailers: { "x-sum": "8" } });
    expect(heard).toEqual([{ "x-seen": "yes" }]);
    server.close();
  });
});

describe("an upgrade", () => {
  test("to WebSocket is refused by name, and an offer of HTTP/2 is passed over", async () => {
    const hello = await harness.run("http-hello");
    const upgrade = (protocol: string) => hello.get("/", { headers: { connection: "upgrade", upgrade: protocol } });
    expect(await upgrade("websocket")).toMatchObject({
      status: 501,
      body: 'holdfast: no upgrade to "websocket": components answer HTTP requests\n',
    });
    expect((await upgrade("h2c")).status).toBe(200);
  });
});

describe("a request", () => {
  test("for a name that nobody answers is 421, with words", async () => {
    const answer = await call(harness.host.http, "nobody.test", "/");
    expect(answer.status).toBe(421);
    expect(answer.body).toContain("nobody.test");
  });

  test.for([
    ["names its host twice", "GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n", "400"],
    ["names no host that can be read", "GET / HTTP/1.1\r\nHost: a.test, b.test\r\n", "400"],
    ["is in absolute form is for that host", "GET http://nobody.test/ HTTP/1.1\r\nHost: HELLO\r\n", "421"],
    ["is in absolute form is answered there", "GET http://HELLO/ HTTP/1.1\r\nHost: nobody.test\r\n", "200"],
  ] as const)("that %s", async ([, text, status]) => {
    const { hostName } = await harness.run("http-hello");
    const { hostname, port } = new URL(harness.host.http);
    const socket = connect(Number(port), hostname);
    socket.write(`${text.replaceAll("HELLO", hostName)}Connection: close\r\n\r\n`);
    const answer = Buffer.concat(await Array.fromAsync(socket as AsyncIterable<Buffer>)).toString();
    expect(answer.split(" ")[1]).toBe(status);
  });

  test("for a path that nobody answers is 404, with words", async () => {
    const components = [{ name: "hello", image: await imageOf("http-hello") }];
    const hostInterfaces = [http(["incoming-handler"], { host: "paths.test", path: "/api" })];
    await harness.start({ witWorld: { components, hostInterfaces } });
    expect((await call(harness.host.http, "paths.test", "/api/x")).status).toBe(200);
    const answer = await call(harness.host.http, "paths.test", "/other?secret=1");
    expect(answer).toMatchObject({ status: 404, body: "holdfast: no workload answers /other on this host\n" });
  });

  test("with a body above the limit is 413", async () => {
    const echo = await harness.run("http-echo");
    const answer = await echo.get("/", { method: "POST", headers: { "content-length": String(9 * 1024 * 1024) } });
    expect(answer.status).toBe(413);
  });

  test("that stops in the middle of its body is closed, and gives its place to the next", async () => {
    const echo = await harness.run("http-echo");
    const { hostname, port } = new URL(harness.host.http);
    const ended = [1, 2].map(async () => {
      const socket = connect(Number(port), hostname);
      socket.write(`POST / HTTP/1.1\r\nHost: ${echo.hostName}\r\nContent-Length: 100\r\n\r\nonly this`);
      await Array.fromAsync(socket as AsyncIterable<Buffer>);
    });
    await Promise.all(ended);
    expect((await echo.get("/")).status).toBe(200);
  });

  test("that takes too long is 504, and the next one is answered", async () => {
    const sleeper = await harness.run("http-sleep");
    expect((await sleeper.get("/60000")).status).toBe(504);
    expect((await sleeper.get("/1")).status).toBe(200);
  });

  test("beyond the calls and the queue of a workload is 503, to be tried again", async () => {
    const sleeper = await harness.run("http-sleep");
    const answers = await Promise.all(Array.from({ length: 5 }, () => sleeper.get("/400")));
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThanOrEqual(2);
    expect(refused[0]?.headers["retry-after"]).toBe("1");
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(2);
  });
});

describe("workloads' HTTP", () => {
  test("that cannot listen keeps the host from starting, and says what to change", async () => {
    await using nats = await startNats();
    await using first = await startHost({ natsUrl: nats.url });
    const { port } = new URL(first.http);
    const second = startHost({ natsUrl: nats.url, env: { HOLDFAST_HOST_HTTP_PORT: port } });
    const words = `holdfast: HOLDFAST_HOST_HTTP_PORT: cannot listen on 127.0.0.1:${port} (listen EADDRINUSE`;
    await expect(second).rejects.toThrow(words);
    await expect(second).rejects.not.toThrow("    at ");
  });

  test("speaks TLS with the operator's certificate", async () => {
    await using folder = await temporaryFolder();
    const { certificate, key } = selfSigned();
    const [certFile, keyFile] = [join(folder.path, "cert.pem"), join(folder.path, "key.pem")];
    await Promise.all([writeFile(certFile, certificate), writeFile(keyFile, key)]);
    await using nats = await startNats();
    const env = { HOLDFAST_HOST_HTTP_CERT: certFile, HOLDFAST_HOST_HTTP_KEY: keyFile, HOLDFAST_HOST_FILE_ROOTS: "/" };
    await using host = await startHost({ natsUrl: nats.url, env });
    const components = [{ name: "hello", image: await imageOf("http-hello") }];
    const workload = {
      namespace: "n",
      name: "n",
      witWorld: { components, hostInterfaces: [http(["incoming-handler"])] },
    };
    await hostClient(await nats.connect()).start(host.id, { workloadId: "w", workload });
    const url = new URL(host.http);
    expect(url.protocol).toBe("https:");
    const status = await new Promise((resolve, reject) => {
      const options = { port: url.port, host: "127.0.0.1", servername: "localhost", ca: certificate };
      httpsRequest(options, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(200);
  });
});
