/** Connections: what is on them behind an answer, several requests at once, and an edge that stops while it works. */
import { connect } from "node:net";
import { startMesh, type TestMesh, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { element, pattern, RawSocket, type S3, s3Of } from "./harness.ts";

let mesh: TestMesh;
let s3: S3;
const bucket = "edge-connections";
const mib = 1024 ** 2;

beforeAll(async () => {
  mesh = await startMesh({ edges: 2 });
  s3 = s3Of(mesh);
  await s3.makeBucket(bucket);
  await s3.ok({ method: "PUT", path: `/${bucket}/small`, body: "small" });
});
afterAll(async () => await mesh.stop());

/** Sends everything before it reads anything, as simple clients do; answers what it then reads. */
function sendThenRead(endpoint: string, bytes: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname).pause();
    let text = "";
    socket.once("error", reject);
    socket.write(bytes, () => {
      socket.on("data", (data: Buffer) => (text += data.toString("latin1")));
      socket.once("close", () => resolve(text));
      socket.resume();
    });
  });
}

describe("a client that sends 8 MiB before it reads", () => {
  const body = pattern(8 * mib);
  const statusOf = (text: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);

  test.for([
    ["a bucket that is not there", { method: "PUT", path: "/no-such-bucket/key" }, 404, "NoSuchBucket"],
    ["a digest that is none", { method: "PUT", headers: { "content-md5": "?" } }, 400, "InvalidDigest"],
    ["a method that S3 does not have", { method: "PATCH" }, 405, "MethodNotAllowed"],
  ] as const)("reads the error about %s", async ([, given, status, code]) => {
    const call = { path: `/${bucket}/refused`, ...given, body };
    const text = await sendThenRead(s3.endpoint(), Buffer.concat([Buffer.from(s3.head(call)), body]));
    expect([statusOf(text), element(text, "Code")]).toEqual([status, code]);
  });

  test("reads why its third megabyte was refused", async () => {
    const headers = { "x-amz-decoded-content-length": String(8 * mib), "content-encoding": "aws-chunked" };
    const call = { method: "PUT", path: `/${bucket}/refused`, headers, payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" };
    const broken = Buffer.concat([
      Buffer.from(`200000\r\n`),
      body.subarray(0, 2 * mib),
      Buffer.from("no framing\r\n"),
      body,
    ]);
    const length = `content-length: ${broken.length}`;
    const head = s3.head({ ...call, body: "" }).replace(/content-length: \d+/, length);
    const text = await sendThenRead(s3.endpoint(), Buffer.concat([Buffer.from(head), broken]));
    expect([statusOf(text), element(text, "Code")]).toEqual([400, "IncompleteBody"]);
  });

  test("on a GET gets its object: the body says nothing", async () => {
    const call = { path: `/${bucket}/small`, body, payload: "UNSIGNED-PAYLOAD" };
    const text = await sendThenRead(s3.endpoint(), Buffer.concat([Buffer.from(s3.head(call)), body]));
    expect([statusOf(text), text.endsWith("small")]).toEqual([200, true]);
  });
});

describe("requests sent at once on one connection", () => {
  test("are done in turn: a read sees the write before it", async () => {
    await using socket = new RawSocket(s3.endpoint());
    const write = s3.head({ method: "PUT", path: `/${bucket}/turns`, body: "written" });
    socket.write(`${write}written${s3.head({ path: `/${bucket}/turns` })}`);
    const text = await socket.until((soFar) => soFar.endsWith("written"));
    expect(socket.statuses, text).toEqual([200, 200]);
  });

  test("in numbers that no client has lose their connection", async () => {
    await using socket = new RawSocket(s3.endpoint());
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(10_000));
    await socket.closed();
    expect((await s3.call({ path: `/${bucket}/small` })).status).toBe(200);
  });
});

describe("the Host of a request", () => {
  const get = (...lines: string[]) => ["GET / HTTP/1.1", ...lines, "connection: close", "", ""].join("\r\n");
  test.for([
    ["missing", []],
    ["given twice", ["Host: a", "Host: b"]],
  ] as const)("that is %s is BadRequest", async ([, lines]) => {
    await using socket = new RawSocket(s3.endpoint());
    socket.write(get(...lines));
    expect(element(await socket.closed(), "Code")).toBe("BadRequest");
  });

  test("is the target's in a request for a proxy", async () => {
    const { host } = new URL(s3.endpoint());
    await using socket = new RawSocket(s3.endpoint());
    const head = s3.head({ path: `/${bucket}/small` });
    socket.write(head.replace(`GET /`, `GET http://${host}/`).replace(`host: ${host}`, "host: elsewhere"));
    await socket.until((text) => text.endsWith("small"));
    expect(socket.statuses).toEqual([200]);
  });
});

describe("an edge that is told to stop", () => {
  test("finishes a download and an upload, answers what comes meanwhile, and is gone", async () => {
    const bytes = pattern(48 * mib);
    await s3.ok({ method: "PUT", path: `/${bucket}/drained`, body: bytes });
    const [, edge] = mesh.edges;
    await using upload = new RawSocket(s3.endpoint(1));
    const size = String(6 * mib);
    const put = {
      method: "PUT",
      path: `/${bucket}/late`,
      headers: { "content-length": size },
      payload: "UNSIGNED-PAYLOAD",
    };
    upload.write(s3.head({ ...put, edge: 1 }));
    upload.write(bytes.subarray(0, 3 * mib));
    const { headers } = s3.sign({ path: `/${bucket}/drained`, edge: 1 });
    const download = await fetch(`${s3.endpoint(1)}/${bucket}/drained`, { headers });
    const reader = download.body?.getReader();
    const first = await reader?.read();
    await waitFor(async () => (await inFlight(edge?.admin)) === 2, { what: "both requests in hand" });

    const gone = edge?.process.stop(20_000);
    await waitFor(async () => (await fetch(s3.endpoint(1)).catch(() => undefined)) === undefined, {
      what: "an edge that does not listen",
    });
    upload.write(bytes.subarray(3 * mib, 6 * mib));
    const pieces = [first?.value ?? new Uint8Array()];
    for (let next = await reader?.read(); next?.value; next = await reader?.read()) pieces.push(next.value);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    await upload.until((text) => text.includes(" 200 "));
    expect(await gone).toMatchObject({ code: 0 });
    expect((await s3.ok({ method: "HEAD", path: `/${bucket}/late` })).headers["content-length"]).toBe(size);
  });

  async function inFlight(admin: string | undefined): Promise<number> {
    const stats: unknown = await (await fetch(`${admin}/stats`)).json();
    return typeof stats === "object" && stats !== null && "inFlight" in stats ? Number(stats.inFlight) : 0;
  }
});
