import { once } from "node:events";
import type { Socket } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { bucketName, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { s3, statusOf, textOf } from "./support/clients.ts";
import { call, element, openSocket, requestHead, send, verdict } from "./support/http.ts";
import { testBytes } from "./support/random.ts";
import { presignQuery, sha256, signHeaders } from "./support/signer.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("errors");
  await s3.putObject({ Bucket, Key: "object", Body: "unchanged" });
});

describe("an error", () => {
  test("is XML with Code, Message, Resource, RequestId and HostId", async () => {
    const answer = await call({ method: "GET", path: `/${Bucket}/a%20b` });
    expect(verdict(answer)).toBe("404 NoSuchKey");
    expect(answer.headers["content-type"]).toBe("application/xml");
    expect(answer.text).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*<Error>/);
    expect(element(answer.text, "Message")).toBe("The specified key does not exist.");
    expect(element(answer.text, "Key")).toBe("a b");
    expect(element(answer.text, "Resource")).toContain(Bucket);
    expect(element(answer.text, "RequestId")).toBe(answer.headers["x-amz-request-id"]);
    expect(element(answer.text, "HostId")).toBe(answer.headers["x-amz-id-2"]);
  });

  test("escapes what came from the request", async () => {
    const answer = await call({ method: "GET", path: `/${Bucket}/${encodeURIComponent("<b>&]]>")}` });
    expect(element(answer.text, "Key")).toBe("<b>&]]>");
    expect(answer.text).not.toContain("<b>");
  });

  test("of HEAD has no body", async () => {
    for (const path of [`/${Bucket}/nowhere`, `/${bucketName()}`]) {
      const answer = await call({ method: "HEAD", path });
      expect(answer.status).toBe(404);
      expect(answer.body).toHaveLength(0);
    }
  });

  test("for a verb that S3 does not have is MethodNotAllowed or NotImplemented", async () => {
    const answer = await call({ method: "PATCH", path: `/${Bucket}/object`, body: "x" });
    expect(["405 MethodNotAllowed", "501 NotImplemented"]).toContain(verdict(answer));
    const service = await call({ method: "DELETE", path: "/" });
    expect(verdict(service)).toBe("405 MethodNotAllowed");
  });
});

describe("a bucket's name that an operator might have wanted", () => {
  test.for(["metrics", "healthz", "health", "stats", "admin", "minio", "favicon.ico", "robots.txt"])(
    "/%s is a bucket like any other",
    async (name) => {
      const answer = await call({ method: "GET", path: `/${name}` });
      expect(verdict(answer)).toBe("404 NoSuchBucket");
    },
  );
});

describe("every answer", () => {
  test("carries a request id of its own and a date", async () => {
    const ids = new Set<string | undefined>();
    for (const path of ["/", `/${Bucket}`, `/${Bucket}/object`, `/${Bucket}/nowhere`]) {
      for (const method of ["GET", "HEAD"]) {
        if (method === "HEAD" && path === "/") continue;
        const answer = await call({ method, path });
        ids.add(answer.headers["x-amz-request-id"]);
        expect(Math.abs(Date.parse(answer.headers["date"] ?? "") - Date.now())).toBeLessThan(60_000);
      }
    }
    expect(ids.size).toBe(7);
    expect(ids.has(undefined)).toBe(false);
  });

  test("to a write carries one too", async () => {
    const put = await call({ method: "PUT", path: `/${Bucket}/id`, body: "x" });
    const del = await call({ method: "DELETE", path: `/${Bucket}/id` });
    expect(put.headers["x-amz-request-id"]).toMatch(/./);
    expect(del.headers["x-amz-request-id"]).not.toBe(put.headers["x-amz-request-id"]);
  });
});

const bomb = `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">${Array.from(
  { length: 20 },
  (_, n) => `<!ENTITY a${n} "&a${n === 0 ? "" : n - 1};&a${n === 0 ? "" : n - 1};">`,
).join("")}]>`;
const deep = (name: string) => `<${name}>${"<x>".repeat(50_000)}${"</x>".repeat(50_000)}</${name}>`;

const documents = [
  { operation: "DeleteObjects", root: "Delete", method: "POST", path: () => `/${Bucket}`, query: [["delete", ""]] },
  {
    operation: "PutObjectTagging",
    root: "Tagging",
    method: "PUT",
    path: () => `/${Bucket}/object`,
    query: [["tagging", ""]],
  },
  {
    operation: "CreateBucket",
    root: "CreateBucketConfiguration",
    method: "PUT",
    path: () => "/hfc-never-made",
    query: [],
  },
] as const;

describe.for([...documents])("$operation: a body that is", ({ root, method, path, query }) => {
  test.for([
    ["not XML", "{}"],
    ["cut off", `<${root}><Object>`],
    ["closed wrongly", `<${root}></Other>`],
    ["another document", "<html/>"],
    ["a DTD", `<!DOCTYPE d SYSTEM "file:///etc/passwd"><${root}/>`],
    ["an external entity", `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><${root}>&x;</${root}>`],
    ["an entity bomb", `${bomb}<${root}>&a19;</${root}>`],
    ["nested 50,000 deep", deep(root)],
    ["full of NUL bytes", "\0".repeat(1000)],
    ["not UTF-8", Buffer.from([0x3c, 0xff, 0xfe, 0x3e])],
  ] as const)("%s answers 400 and nothing of it", async ([, body]) => {
    const { createHash } = await import("node:crypto");
    const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
    const answer = await call({ method, path: path(), query, headers, body });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain("root:");
    expect(answer.text.length).toBeLessThan(5000);
    expect(await textOf(await s3.getObject({ Bucket, Key: "object" }))).toBe("unchanged");
    expect(await statusOf(s3.headBucket({ Bucket: "hfc-never-made" }))).toBe(404);
  });

  test("larger than the operation allows is refused: 400, or a connection closed in the client's face", async () => {
    const body = `<${root}>${" ".repeat(12 * 1024 * 1024)}</${root}>`;
    const broken = (error: NodeJS.ErrnoException) => ({ status: error.code });
    const answer = await call({ method, path: path(), query, body }).catch(broken);
    expect([400, "EPIPE", "ECONNRESET"]).toContain(answer.status);
    expect(await statusOf(s3.headBucket({ Bucket }))).toBe(200);
  });
});

describe("a body that breaks off", () => {
  /** Sends a head and less than it promises, then hangs up. */
  async function breakOff(head: string, body: Uint8Array | string): Promise<Socket> {
    const socket = await openSocket();
    socket.on("error", () => undefined);
    socket.resume();
    socket.write(head);
    socket.write(body);
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroySoon();
    if (!socket.closed) await once(socket, "close");
    return socket;
  }

  test.for([
    ["a few bytes", 10, 100],
    ["before any byte", 0, 100],
    ["in the middle of a large body", 2_000_000, 4_000_000],
    ["one byte short", 1_499_999, 1_500_000],
  ] as const)("%s leaves nothing visible", async ([, sent, promised]) => {
    const path = `/${Bucket}/broken-${promised}`;
    const signed = signHeaders(
      { method: "PUT", path, headers: { "content-length": String(promised) } },
      { payloadHash: "UNSIGNED-PAYLOAD" },
    );
    await breakOff(requestHead({ method: "PUT", path, headers: signed.headers }), testBytes(sent));
    expect(await statusOf(s3.headObject({ Bucket, Key: path.slice(Bucket.length + 2) }))).toBe(404);
    expect((await s3.listObjectsV2({ Bucket, Prefix: "broken" })).KeyCount).toBe(0);
  });

  test("leaves no part of an upload", async () => {
    const { UploadId = "" } = await s3.createMultipartUpload({ Bucket, Key: "parts" });
    const path = `/${Bucket}/parts`;
    const asked = [
      ["partNumber", "1"],
      ["uploadId", UploadId],
    ] as const;
    const { query, headers } = presignQuery({ method: "PUT", path, query: asked });
    const head = requestHead({ method: "PUT", path, query, headers: { ...headers, "content-length": "3000000" } });
    await breakOff(head, testBytes(2_000_000));
    expect((await s3.listParts({ Bucket, Key: "parts", UploadId })).Parts ?? []).toEqual([]);
  });

  test("leaves the object that was there", async () => {
    const path = `/${Bucket}/object`;
    const { query, headers } = presignQuery({ method: "PUT", path });
    const head = requestHead({ method: "PUT", path, query, headers: { ...headers, "content-length": "1000" } });
    await breakOff(head, "overwritten?");
    expect(await textOf(await s3.getObject({ Bucket, Key: "object" }))).toBe("unchanged");
  });
});

describe("a length that is", () => {
  test("missing is refused with MissingContentLength or NotImplemented", async () => {
    const path = `/${Bucket}/no-length`;
    const { headers } = signHeaders({ method: "PUT", path }, { payloadHash: "UNSIGNED-PAYLOAD" });
    const answer = await send({
      method: "PUT",
      path,
      headers: { ...headers, "transfer-encoding": "chunked" },
      body: "x",
    });
    expect(["411 MissingContentLength", "501 NotImplemented"]).toContain(verdict(answer));
    expect(await statusOf(s3.headObject({ Bucket, Key: "no-length" }))).toBe(404);
  });

  test("over 5 GiB is refused with EntityTooLarge before a byte is read", async () => {
    const path = `/${Bucket}/too-large`;
    const { headers } = signHeaders(
      { method: "PUT", path, headers: { "content-length": String(5 * 1024 ** 3 + 1) } },
      { payloadHash: "UNSIGNED-PAYLOAD" },
    );
    const socket = await openSocket();
    socket.write(requestHead({ method: "PUT", path, headers: { ...headers, expect: "100-continue" } }));
    const [data]: unknown[] = await once(socket, "data");
    socket.destroy();
    expect(String(data)).toMatch(/^HTTP\/1\.1 400 /);
    expect(String(data)).not.toContain("100 Continue");
  });
});

describe("Expect: 100-continue", () => {
  test("is answered with 100 Continue, and the body is taken", async () => {
    const path = `/${Bucket}/expected`;
    const { headers } = signHeaders({ method: "PUT", path }, { payloadHash: sha256("expected") });
    const socket = await openSocket();
    const extra = { expect: "100-continue", "content-length": "8", connection: "close" };
    socket.write(requestHead({ method: "PUT", path, headers: { ...headers, ...extra } }));
    const [first]: unknown[] = await once(socket, "data");
    expect(String(first)).toMatch(/^HTTP\/1\.1 100 Continue/);
    socket.write("expected");
    const [second]: unknown[] = await once(socket, "data");
    expect(String(second)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
    expect(await textOf(await s3.getObject({ Bucket, Key: "expected" }))).toBe("expected");
  });

  test("of a request that is refused is answered with the refusal", async () => {
    const socket = await openSocket();
    const path = `/${Bucket}/refused`;
    const { headers } = signHeaders({ method: "PUT", path }, { payloadHash: sha256("x") });
    const wrong = (headers["authorization"] ?? "").replace(/.{8}$/, "00000000");
    const extra = { authorization: wrong, expect: "100-continue", "content-length": "1" };
    socket.write(requestHead({ method: "PUT", path, headers: { ...headers, ...extra } }));
    const [first]: unknown[] = await once(socket, "data");
    expect(String(first)).toMatch(/^HTTP\/1\.1 403 /);
    socket.destroy();
  });
});
