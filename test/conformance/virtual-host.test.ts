/** Buckets as subdomains. The domain need not resolve: the Host header is what counts. */
import { beforeAll, describe, expect, test } from "vitest";
import { bucketName, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { s3, textOf } from "./support/clients.ts";
import { call, element, elements, send, verdict } from "./support/http.ts";
import { presignQuery } from "./support/signer.ts";
import { target } from "./support/target.ts";

removeBucketsAtTheEnd();
const { domain = "" } = target;
const { port } = new URL(target.endpoint);

describe.skipIf(domain === "")("virtual-host style", () => {
  let Bucket = "";
  let dotted = "";
  beforeAll(async () => {
    Bucket = await freshBucket("vhost");
    dotted = await freshBucket("vhost.dotted");
    await s3.putObject({ Bucket, Key: "path-style", Body: "same" });
  });
  const host = (bucket: string) => ({ host: `${bucket}.${domain}:${port}` });

  test("reads and writes the same objects as path style", async () => {
    const put = await call({ method: "PUT", path: "/a/b%20c", headers: host(Bucket), body: "x" });
    expect(verdict(put)).toBe("200");
    expect(await textOf(await s3.getObject({ Bucket, Key: "a/b c" }))).toBe("x");
    const got = await call({ method: "GET", path: "/path-style", headers: host(Bucket) });
    expect(got.text).toBe("same");
  });

  test("lists the bucket at /", async () => {
    const answer = await call({ method: "GET", path: "/", query: [["list-type", "2"]], headers: host(Bucket) });
    expect(element(answer.text, "Name")).toBe(Bucket);
    expect(elements(answer.text, "Key")).toContain("path-style");
  });

  test("takes bucket names with dots, hosts in capitals and hosts without a port", async () => {
    for (const name of [host(dotted).host, host(Bucket).host.toUpperCase(), `${Bucket}.${domain}`]) {
      const answer = await call({ method: "HEAD", path: "/", headers: { host: name } });
      expect(answer.status, name).toBe(200);
    }
  });

  test("creates and deletes buckets", async () => {
    const name = bucketName();
    expect((await call({ method: "PUT", path: "/", headers: host(name) })).status).toBe(200);
    expect((await call({ method: "DELETE", path: "/", headers: host(name) })).status).toBe(204);
  });

  test("takes a slash at the start of a key for a part of the key", async () => {
    expect((await call({ method: "PUT", path: "//rooted", headers: host(Bucket), body: "x" })).status).toBe(200);
    const answer = await call({ method: "GET", path: `/${Bucket}//rooted` });
    expect(answer.text).toBe("x");
  });

  test("works with presigned URLs", async () => {
    const request = { method: "GET", path: "/path-style", headers: host(Bucket) };
    const { query, headers } = presignQuery(request);
    expect((await send({ ...request, query, headers })).text).toBe("same");
  });

  test("the domain itself is the service", async () => {
    const answer = await call({ method: "GET", path: "/", headers: { host: `${domain}:${port}` } });
    expect(answer.text).toContain("<ListAllMyBucketsResult");
  });

  test("another domain is path style", async () => {
    const answer = await call({ method: "GET", path: `/${Bucket}/path-style`, headers: { host: "elsewhere.test" } });
    expect(answer.text).toBe("same");
  });
});
