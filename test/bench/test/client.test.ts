/** The client against a real HTTP server of another kind: what a mesh answers is tested by every row. */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { temporaryFolder } from "@holdfast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { S3Client } from "../src/client/s3-client.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", region: "us-east-1" };

async function listen(server: Server, scheme = "http"): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return `${scheme}://127.0.0.1:${port}`;
}

async function clientOf(listener: RequestListener, timeoutMs = 5_000): Promise<S3Client> {
  const client = new S3Client({ ...credentials, endpoint: await listen(createServer(listener)) }, { timeoutMs });
  onTestFinished(() => client.close());
  return client;
}

async function lengthOf(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const piece of request) bytes += Buffer.from(piece).length;
  return bytes;
}

describe("the client", () => {
  test("sends bodies of any length and reads answers of any length, over one connection", async () => {
    let connections = 0;
    const server = createServer((request, response) => {
      const answer = async () => {
        const bytes = await lengthOf(request);
        if (request.url?.startsWith("/chunked")) response.write("first,");
        response.end(request.method === "GET" ? Buffer.alloc(3 * 1024 ** 2) : String(bytes));
      };
      void answer();
    }).on("connection", () => connections++);
    const client = new S3Client({ ...credentials, endpoint: await listen(server) });
    onTestFinished(() => client.close());
    const body = Buffer.alloc(1024 ** 2, 1);
    const put = (path: string, bytes: Buffer, times = 1) =>
      client.succeed({ method: "PUT", path, body: bytes, times, keepBody: true });
    expect((await put("/a", body.subarray(0, 10))).body?.toString()).toBe("10");
    expect((await put("/chunked", body)).body?.toString()).toBe(`first,${body.length}`);
    expect((await put("/many", body, 8)).body?.toString()).toBe(String(8 * body.length));
    expect(await client.succeed({ method: "GET", path: "/large" })).toMatchObject({ bytes: 3 * 1024 ** 2 });
    expect(await client.succeed({ method: "HEAD", path: "/large" })).toMatchObject({ bytes: 0 });
    expect(connections).toBe(1);
  });

  test("opens another connection after `Connection: close`", async () => {
    const client = await clientOf((_request, response) => response.setHeader("connection", "close").end("bye"));
    for (let i = 0; i < 3; i++) expect(await client.succeed({ method: "GET", path: "/" })).toMatchObject({ bytes: 3 });
  });

  test("fails with the status and S3's code, and with no answer in time", async () => {
    const client = await clientOf((request, response) => {
      if (request.url === "/busy") response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
    }, 50);
    await expect(client.succeed({ method: "GET", path: "/busy" })).rejects.toMatchObject({ kind: "503 SlowDown" });
    await expect(client.succeed({ method: "GET", path: "/silent" })).rejects.toMatchObject({ kind: "timeout" });
  });

  test("fails with `connection` when the server hangs up, and goes on with the next request", async () => {
    const client = await clientOf((request, response) => {
      if (request.url === "/hang-up") request.socket.destroy();
      else response.end();
    });
    await expect(client.succeed({ method: "GET", path: "/hang-up" })).rejects.toMatchObject({ kind: "connection" });
    await expect(client.succeed({ method: "GET", path: "/" })).resolves.toMatchObject({ status: 200 });
  });

  test("speaks TLS", async () => {
    await using folder = await temporaryFolder("holdfast-bench-tls-");
    const [key, cert] = [join(folder.path, "key.pem"), join(folder.path, "cert.pem")];
    const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
    execFileSync(
      "openssl",
      [...request, "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
      { stdio: "pipe" },
    );
    const settings = { key: await readFile(key), cert: await readFile(cert) };
    const server = createTlsServer(settings, (_request, response) => response.end(Buffer.alloc(300_000)));
    const endpoint = await listen(server, "https");
    const client = new S3Client({ ...credentials, endpoint }, { ca: settings.cert });
    onTestFinished(() => client.close());
    for (let i = 0; i < 2; i++)
      expect(await client.succeed({ method: "GET", path: "/" })).toMatchObject({ bytes: 300_000 });
  });
});
