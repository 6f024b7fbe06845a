/** What lies under S3: requests that an HTTP client in its right mind does not send, and connections that live on. */
import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { s3, statusOf, textOf } from "./support/clients.ts";
import { openSocket, requestHead } from "./support/http.ts";
import { hostHeader, presignQuery, queryString, sha256, signHeaders } from "./support/signer.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("http");
  await s3.putObject({ Bucket, Key: "object", Body: "unchanged" });
});

/** Sends bytes and returns everything that comes back until the server closes, or until `enough` of it is there. */
async function exchange(bytes: string, enough: (text: string) => boolean = () => false): Promise<string> {
  const socket = await openSocket();
  let text = "";
  return await new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(end, 10_000);
    socket.on("data", (data) => {
      text += data.toString("latin1");
      if (enough(text)) end();
    });
    socket.on("error", end);
    socket.on("close", end);
    socket.write(bytes, "latin1");
  });
}

const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
const answers = (count: number) => (text: string) =>
  statuses(text).length >= count && /\r\n\r\n[\s\S]*$/.test(text.split("HTTP/1.1").at(-1) ?? "");

/** A PUT whose URL is signed and whose headers are ours to spoil. */
function presignedPut(key: string, lines: readonly string[], body: string): string {
  const path = `/${Bucket}/${key}`;
  const { query } = presignQuery({ method: "PUT", path });
  return [`PUT ${path}?${queryString(query)} HTTP/1.1`, `Host: ${hostHeader()}`, ...lines, "", body].join("\r\n");
}

describe("a request that could be read in two ways", () => {
  test.for([
    ["two lengths", ["Content-Length: 5", "Content-Length: 6"], "hello!"],
    [
      "a length and a transfer encoding",
      ["Content-Length: 5", "Transfer-Encoding: chunked"],
      "5\r\nhello\r\n0\r\n\r\n",
    ],
    ["a length that is no number", ["Content-Length: +5"], "hello"],
    ["a header name with a blank", ["Content-Length : 5"], "hello"],
    ["a header without a colon", ["Content-Length: 5", "nonsense"], "hello"],
    ["a bare line feed in a header", ["Content-Length: 5", "x-a: 1\nx-b: 2"], "hello"],
    ["a folded header", ["Content-Length: 5", "x-a: 1\r\n 2"], "hello"],
    ["two hosts", ["Content-Length: 5", "Host: elsewhere.test"], "hello"],
  ] as const)("with %s is refused, and nothing is stored", async ([, lines, body]) => {
    const text = await exchange(presignedPut("smuggled", lines, body), answers(1));
    expect(statuses(text)[0]).toBeGreaterThanOrEqual(400);
    expect(statuses(text)[0]).toBeLessThan(500);
    expect(await statusOf(s3.headObject({ Bucket, Key: "smuggled" }))).toBe(404);
  });

  test.for([
    ["no HTTP at all", "hello\r\n\r\n"],
    ["no host", "GET / HTTP/1.1\r\n\r\n"],
    ["a target that is no path", "GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["an upgrade", "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"],
    ["TRACE", "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"],
  ] as const)("with %s is refused", async ([, bytes]) => {
    const text = await exchange(bytes, answers(1));
    if (text !== "") expect(statuses(text)[0]).toBeGreaterThanOrEqual(400);
    expect(statuses(text)).not.toContain(500);
    expect(await statusOf(s3.headBucket({ Bucket }))).toBe(200);
  });

  test("with headers beyond every measure is refused", async () => {
    const text = await exchange(`GET / HTTP/1.1\r\nHost: x\r\nx-a: ${"a".repeat(200_000)}\r\n\r\n`, answers(1));
    if (text !== "") expect([400, 431]).toContain(statuses(text)[0]);
    expect(await statusOf(s3.headBucket({ Bucket }))).toBe(200);
  });
});

describe("a connection", () => {
  const signed = (method: string, key: string, body = "") => {
    const path = `/${Bucket}/${key}`;
    const { headers } = signHeaders({ method, path }, { payloadHash: sha256(body) });
    const length: Record<string, string> = method === "PUT" ? { "content-length": String(body.length) } : {};
    return requestHead({ method, path, headers: { ...headers, ...length } }) + body;
  };

  test("serves reads sent all at once in their order, errors among them", async () => {
    const requests = [signed("GET", "object"), signed("GET", "nowhere"), signed("GET", "object")];
    const done = (soFar: string) => statuses(soFar).length === 3 && soFar.endsWith("unchanged");
    expect(statuses(await exchange(requests.join(""), done))).toEqual([200, 404, 200]);
  });

  test("does not take the body of a refused request for the next request", async () => {
    const inner = signed("DELETE", "object");
    const path = `/${Bucket}/object`;
    const { headers } = signHeaders({ method: "PUT", path }, { payloadHash: sha256("x") });
    const wrong = (headers["authorization"] ?? "").replace(/.{8}$/, "00000000");
    const outer = { ...headers, authorization: wrong, "content-length": String(inner.length) };
    const text = await exchange(requestHead({ method: "PUT", path, headers: outer }) + inner, answers(2));
    expect(statuses(text)).toEqual([403]);
    expect(await textOf(await s3.getObject({ Bucket, Key: "object" }))).toBe("unchanged");
  }, 20_000);

  test("that closes in the middle of an answer harms nobody else", async () => {
    await s3.putObject({ Bucket, Key: "long", Body: Buffer.alloc(3_000_000) });
    for (let round = 0; round < 5; round += 1) await exchange(signed("GET", "long"), (text) => text.length > 10_000);
    expect((await s3.headObject({ Bucket, Key: "long" })).ContentLength).toBe(3_000_000);
  });
});
