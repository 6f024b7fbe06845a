/** What clients that are slow, broken, greedy or early get. A mesh with short limits of its own. */
import { startMesh, type TestMesh, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { element, pattern, RawSocket, type S3, s3Of } from "./harness.ts";

let mesh: TestMesh;
let s3: S3;
const bucket = "edge-limits";
const mib = 1024 ** 2;

beforeAll(async () => {
  mesh = await startMesh({
    env: {
      HOLDFAST_HTTP_HEADERS_TIMEOUT: "400ms",
      HOLDFAST_HTTP_IDLE_TIMEOUT: "400ms",
      HOLDFAST_HTTP_KEEP_ALIVE_TIMEOUT: "1000ms",
      HOLDFAST_MAX_REQUESTS: "4",
      HOLDFAST_MAX_CONNECTIONS: "50",
      HOLDFAST_BYTES_IN_FLIGHT: String(8 * mib),
    },
  });
  s3 = s3Of(mesh);
  await s3.makeBucket(bucket);
});
afterAll(async () => await mesh.stop());

const open = () => new RawSocket(s3.endpoint());
const chunksLeft = async () => {
  await using nc = await mesh.connectAdmin();
  const request = JSON.stringify({ subjects_filter: `$O.${bucket}.C.>` });
  const answer = await nc.request(`$JS.API.STREAM.INFO.OBJ_${bucket}`, request);
  return Object.keys(answer.json<{ state: { subjects?: object } }>().state.subjects ?? {}).length;
};
const upload = (key: string, size: number, headers: Record<string, string> = {}) => ({
  method: "PUT",
  path: `/${bucket}/${key}`,
  headers: { "content-length": String(size), ...headers },
  payload: "UNSIGNED-PAYLOAD",
});
const stats = async () => {
  const answer: unknown = await (await fetch(`${mesh.edges[0]?.admin}/stats`)).json();
  return answer as { inFlight: number; bytesInFlight: number };
};
const idle = () => waitFor(async () => (await stats()).inFlight === 0, { what: "an idle edge" });
const missing = async (key: string) => (await s3.call({ method: "HEAD", path: `/${bucket}/${key}` })).status === 404;

describe("a body that ends early", () => {
  test.for([
    ["small", 1000],
    ["large", 5 * mib],
  ] as const)("leaves nothing of a %s object", async ([key, size]) => {
    await using socket = open();
    socket.write(s3.head(upload(key, size)));
    socket.write(pattern(size - 10));
    if (size > mib) await waitFor(chunksLeft, { what: "chunks that were stored on the way" });
    socket.reset();
    await idle();
    expect(await missing(key)).toBe(true);
    await waitFor(async () => (await chunksLeft()) === 0, { what: "a bucket without chunks" });
  });
});

describe("a client that stalls", () => {
  test.for([
    ["small", 1000],
    ["large", 5 * mib],
  ] as const)("in the middle of a %s body gets RequestTimeout and is disconnected", async ([key, size]) => {
    await using socket = open();
    socket.write(s3.head(upload(`stalled-${key}`, size)));
    socket.write(pattern(size - 10));
    const text = await socket.closed();
    expect(socket.statuses).toEqual([400]);
    expect(element(text, "Code")).toBe("RequestTimeout");
    expect(await missing(`stalled-${key}`)).toBe(true);
  });

  test("before its headers are complete gets RequestTimeout and is disconnected", async () => {
    await using socket = open();
    socket.write(`GET /${bucket} HTTP/1.1\r\nHost: x\r\n`);
    expect(element(await socket.closed(), "Code")).toBe("RequestTimeout");
  });

  test("between two requests is disconnected without a word", async () => {
    await using socket = open();
    socket.write(s3.head({ path: `/${bucket}?location=` }));
    await socket.closed();
    expect(socket.statuses).toEqual([200]);
  });

  test("instead of taking an answer is left, and its memory is free again", async () => {
    await s3.ok({ method: "PUT", path: `/${bucket}/unread`, body: pattern(20 * mib) });
    // fetch takes what fits its buffers and no more
    const unread = await fetch(s3.endpoint() + `/${bucket}/unread`, {
      headers: s3.sign({ path: `/${bucket}/unread` }).headers,
    });
    expect(unread.status).toBe(200);
    await waitFor(async () => (await stats()).inFlight > 0);
    await idle();
    expect((await stats()).bytesInFlight).toBe(0);
    await expect(unread.arrayBuffer()).rejects.toThrow("terminated");
  });
});

describe("Expect: 100-continue", () => {
  const expecting = { expect: "100-continue" };

  test("is answered when the body is wanted", async () => {
    await using socket = open();
    socket.write(s3.head(upload("expected", 5, expecting)));
    await socket.until((text) => text.includes("100 Continue"));
    socket.write("hello");
    await socket.until((text) => text.includes(" 200 "));
    expect((await s3.ok({ path: `/${bucket}/expected` })).text).toBe("hello");
  });

  test.for([
    ["a wrong signature", 403, { path: `/${bucket}/refused`, tamper: true }],
    ["a bucket that is not there", 404, { path: "/no-such-bucket/refused" }],
    ["a body that is too large", 400, { path: `/${bucket}/refused`, size: 5 * 1024 ** 3 + 1 }],
    ["what is not built", 501, { path: `/${bucket}/refused?retention=` }],
    ["a header that is not supported", 501, { path: `/${bucket}/x`, header: "x-amz-object-lock-legal-hold" }],
    ["a digest that is none", 400, { path: `/${bucket}/x`, header: "content-md5" }],
  ] as const)("is answered at once with the error for %s, and no body is asked for", async ([, status, given]) => {
    const { path, tamper, size, header } = { tamper: false, header: undefined, size: 5, ...given };
    const headers = { ...expecting, ...(header && { [header]: "ON" }) };
    const call = { ...upload("", size, headers), path };
    await using socket = open();
    const bytes = s3.head(call);
    socket.write(tamper ? bytes.replace(/Signature=\w{8}/, "Signature=00000000") : bytes);
    const startedAt = performance.now();
    await socket.closed();
    expect(socket.statuses).toEqual([status]);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });
});

describe("an upload that is refused", () => {
  const nowhere = (size: number) => ({ ...upload("", size), path: "/no-such-bucket/key" });

  test("lets a client that does not wait read the answer while it still sends", async () => {
    await using socket = open();
    socket.write(s3.head(nowhere(900_000)));
    await socket.until((text) => text.includes("</Error>"));
    socket.write(pattern(900_000));
    expect(element(await socket.closed(), "Code")).toBe("NoSuchBucket");
  });

  test("is not read to its end when that is far", async () => {
    await using socket = open();
    socket.write(s3.head(nowhere(64 * mib)));
    socket.write(pattern(32 * mib));
    await socket.closed();
    expect(socket.statuses).not.toContain(200);
    await idle();
  });

  test("keeps the connection for the next request when its body had come", async () => {
    await using socket = open();
    socket.write(`${s3.head({ method: "PUT", path: "/no-such-bucket/key", body: "x" })}x`);
    await socket.until((text) => text.includes("</Error>"));
    socket.write(s3.head({ path: `/${bucket}?location=` }));
    await socket.until((text) => text.includes("<LocationConstraint"));
    expect(socket.statuses).toEqual([404, 200]);
  });

  test.for([
    ["without a length", { method: "PUT", headers: { "transfer-encoding": "chunked" } }, 411, "MissingContentLength"],
    ["of more than 5 GiB", { method: "PUT", headers: { "content-length": "5368709121" } }, 400, "EntityTooLarge"],
  ] as const)("%s is refused before it is read", async ([, given, status, code]) => {
    const call = { path: `/${bucket}/refused`, payload: "UNSIGNED-PAYLOAD", ...given };
    const { headers } = s3.sign(call);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    await using socket = open();
    socket.write([`PUT ${call.path} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
    const text = await socket.until((soFar) => soFar.includes("</Error>"));
    expect([socket.statuses, element(text, "Code")]).toEqual([[status], code]);
  });
});

describe("more than the edge can hold", () => {
  test("requests get SlowDown and when to come back, and those in hand are finished", async () => {
    const sockets = Array.from({ length: 4 }, open);
    for (const [i, socket] of sockets.entries()) {
      socket.write(s3.head(upload(`held-${i}`, 5, { expect: "100-continue" })));
      await socket.until((text) => text.includes("100 Continue"));
    }
    const refused = await s3.call({ path: `/${bucket}?location=` });
    expect([refused.status, element(refused.text, "Code")]).toEqual([503, "SlowDown"]);
    expect(refused.headers["retry-after"]).toBe("1");
    for (const socket of sockets) {
      socket.write("hello");
      await socket.until((text) => text.includes(" 200 "));
      await socket[Symbol.asyncDispose]();
    }
  });

  test("bytes wait for their turn", async () => {
    const bytes = pattern(6 * mib);
    const keys = ["a", "b", "c", "d"];
    const puts = keys.map((key) => s3.call({ method: "PUT", path: `/${bucket}/turn-${key}`, body: bytes }));
    expect((await Promise.all(puts)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const gets = await Promise.all(keys.map((key) => s3.call({ path: `/${bucket}/turn-${key}` })));
    for (const { body } of gets) expect(body.equals(bytes)).toBe(true);
    await idle();
    expect((await stats()).bytesInFlight).toBe(0);
  });
});

describe("more connections than the edge takes", () => {
  test("are closed at once; those it has go on, and there is room again when they end", async () => {
    const sockets = Array.from({ length: 60 }, open);
    // A connection that is kept is told so when it was silent for too long; one that is not gets no word.
    const words = await Promise.all(sockets.map((socket) => socket.closed()));
    expect(words.filter((text) => text === "").length).toBeGreaterThanOrEqual(10);
    expect(words.filter((text) => text.startsWith("HTTP/1.1 400")).length).toBeGreaterThanOrEqual(40);
    await waitFor(async () => await missing("nothing"), { what: "an answer on a new connection" });
  });
});

describe("what is no HTTP", () => {
  test.for([
    ["nonsense", "nonsense\r\n\r\n", 400, "BadRequest"],
    ["an unknown method", "FROB / HTTP/1.1\r\nHost: x\r\n\r\n", 400, "BadRequest"],
    ["too many headers", `GET / HTTP/1.1\r\nx-a: ${"a".repeat(40_000)}\r\n\r\n`, 400, "RequestHeaderSectionTooLarge"],
  ] as const)("%s gets an S3 error with a request id, and the connection ends", async ([, bytes, status, code]) => {
    await using socket = open();
    socket.write(bytes);
    const text = await socket.closed();
    expect([socket.statuses, element(text, "Code")]).toEqual([[status], code]);
    expect(text).toMatch(/x-amz-request-id: [0-9A-F]{16}\r\n/);
  });

  test("a method that S3 does not have is MethodNotAllowed", async () => {
    const refused = await s3.call({ method: "PROPFIND", path: `/${bucket}` });
    expect([refused.status, element(refused.text, "Code")]).toEqual([405, "MethodNotAllowed"]);
  });
});
