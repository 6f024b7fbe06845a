import { createHash } from "node:crypto";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { refusal, s3, sdk, statusOf, textOf } from "./support/clients.ts";
import { type Answer, call, element, send, type SignedRequest, verdict } from "./support/http.ts";
import { amzDateOf, presignQuery, sha256, type Signable, signHeaders, type SigningOptions } from "./support/signer.ts";
import { target } from "./support/target.ts";

removeBucketsAtTheEnd();
let Bucket = "";
let path = "";
beforeAll(async () => {
  Bucket = await freshBucket("auth");
  path = `/${Bucket}/object`;
  await s3.putObject({ Bucket, Key: "object", Body: "secret" });
});

const minutes = (count: number) => new Date(Date.now() + count * 60_000);
const get = async (options: SigningOptions = {}, more: Partial<SignedRequest> = {}) =>
  await call({ method: "GET", path, ...more }, options);

/** A time without milliseconds, which HTTP dates do not have. */
function wholeSecond() {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  return { now, amzDate: amzDateOf(now) };
}

/** Signs a GET, changes the signed headers, sends. */
async function tampered(change: (headers: Record<string, string>) => void, signable: Partial<Signable> = {}) {
  const request = { method: "GET", path, ...signable };
  const { headers } = signHeaders(request);
  change(headers);
  return await send({ ...request, headers });
}

describe("Authorization header", () => {
  test("opens the door when it is right", async () => {
    expect((await get()).text).toBe("secret");
  });

  test("may date the request with Date instead of X-Amz-Date", async () => {
    const { now, amzDate } = wholeSecond();
    const credentialsOnly = { "x-amz-date": amzDate };
    const request = { method: "GET", path, headers: { ...credentialsOnly, date: now.toUTCString() } };
    const { headers } = signHeaders(request, { now, unsigned: ["x-amz-date"] });
    delete headers["x-amz-date"];
    expect((await send({ ...request, headers })).text).toBe("secret");
  });

  test("may sign more or fewer ordinary headers, with blanks in their values", async () => {
    const headers = { "content-type": "text/plain", "x-test": "  two   blanks  ", "user-agent": "conformance" };
    expect(verdict(await get({}, { headers }))).toBe("200");
    expect(verdict(await get({ unsigned: ["content-type", "x-test", "user-agent"] }, { headers }))).toBe("200");
  });

  test("may be written without blanks, and with its fields in another order", async () => {
    const compact = await tampered((headers) => {
      headers["authorization"] = (headers["authorization"] ?? "").replaceAll(", ", ",");
    });
    expect(compact.text).toBe("secret");
    const reordered = await tampered((headers) => {
      const [algorithm, credential, names, signature] = (headers["authorization"] ?? "").split(/,? /);
      headers["authorization"] = `${algorithm} ${signature}, ${names}, ${credential}`;
    });
    expect(reordered.text).toBe("secret");
  });

  test("covers the query in any order, with escapes, empty values and repeated names", async () => {
    const query = [
      ["prefix", "ob j+ect/~é"],
      ["list-type", "2"],
      ["encoding-type", "url"],
      ["start-after", ""],
      ["max-keys", "5"],
    ] as const;
    expect(verdict(await get({}, { path: `/${Bucket}`, query }))).toBe("200");
  });

  test("is refused when the signature is tampered with", async () => {
    const answer = await tampered((headers) => {
      headers["authorization"] = (headers["authorization"] ?? "").replace(/.$/, (c) => (c === "0" ? "1" : "0"));
    });
    expect(verdict(answer)).toBe("403 SignatureDoesNotMatch");
    expect(answer.text).not.toContain("secret");
  });

  test.for(["", "0", "x".repeat(64), "0".repeat(63), "0".repeat(65)])("is refused with the signature %j", async (s) => {
    const answer = await tampered((headers) => {
      headers["authorization"] = (headers["authorization"] ?? "").replace(/Signature=.*/, `Signature=${s}`);
    });
    expect([400, 403]).toContain(answer.status);
    expect(answer.text).toContain("<Error>");
  });

  test("is refused when a signed header, the query, the path or the method is tampered with", async () => {
    const header = await tampered((headers) => (headers["x-amz-meta-a"] = "2"), { headers: { "x-amz-meta-a": "1" } });
    expect(verdict(header)).toBe("403 SignatureDoesNotMatch");
    const { headers } = signHeaders({ method: "GET", path });
    const others = [
      { method: "GET", path, query: [["versionId", "null"]] as const },
      { method: "GET", path: `/${Bucket}/other` },
      { method: "DELETE", path },
    ];
    for (const other of others) expect(verdict(await send({ ...other, headers }))).toBe("403 SignatureDoesNotMatch");
    expect(await statusOf(s3.headObject({ Bucket, Key: "object" }))).toBe(200);
  });

  test("is refused when the secret is wrong", async () => {
    const credentials = { ...target.credentials, secretAccessKey: "wrong-secret-wrong-secret" };
    expect(verdict(await get({ credentials }))).toBe("403 SignatureDoesNotMatch");
  });

  test("of a key nobody has is refused with InvalidAccessKeyId", async () => {
    const credentials = { accessKeyId: "AKIANOBODYHASTHISKEY", secretAccessKey: "irrelevant" };
    const answer = await get({ credentials });
    expect(verdict(answer)).toBe("403 InvalidAccessKeyId");
    expect(element(answer.text, "AWSAccessKeyId")).toBe("AKIANOBODYHASTHISKEY");
  });

  test.for([-16, 16, -60 * 24, 60 * 24])("dated %i minutes off is refused with RequestTimeTooSkewed", async (off) => {
    expect(verdict(await get({ now: minutes(off) }))).toBe("403 RequestTimeTooSkewed");
  });

  test.for([-14, 14])("dated %i minutes off is accepted", async (off) => {
    expect(verdict(await get({ now: minutes(off) }))).toBe("200");
  });

  test("with a scope of another date is refused", async () => {
    expect(verdict(await get({ scopeDate: "20200101" }))).toBe("400 AuthorizationHeaderMalformed");
  });

  test("with a scope of another region is refused and told the right one", async () => {
    const answer = await get({ region: "mars-north-1" });
    expect(verdict(answer)).toBe("400 AuthorizationHeaderMalformed");
    expect(element(answer.text, "Region")).toBe(target.region);
  });

  test.for([{ service: "iam" }, { terminator: "aws5_request" }])("with the scope %o is refused", async (scope) => {
    expect(verdict(await get(scope))).toBe("400 AuthorizationHeaderMalformed");
  });

  test.for([
    ["nonsense", ["400 InvalidArgument"]],
    ["Basic dXNlcjpwYXNz", ["400 InvalidArgument", "400 InvalidRequest"]],
    ["AWS AKIA:c2lnbmF0dXJl", ["400 InvalidRequest", "403 AccessDenied"]],
    ["AWS4-HMAC-SHA256", ["400 AuthorizationHeaderMalformed", "400 InvalidArgument"]],
    ["AWS4-HMAC-SHA256 Credential=a/b/c/d/e", ["400 AuthorizationHeaderMalformed"]],
    ["AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=0", ["400 AuthorizationHeaderMalformed"]],
  ] as const)("of the form %j is refused", async ([authorization, expected]) => {
    const answer = await tampered((headers) => (headers["authorization"] = authorization));
    expect(expected).toContain(verdict(answer));
  });

  test("without a date is refused with AccessDenied", async () => {
    const answer = await tampered((headers) => delete headers["x-amz-date"]);
    expect(verdict(answer)).toBe("403 AccessDenied");
  });

  test("with a date that is none is refused", async () => {
    const answer = await tampered((headers) => (headers["x-amz-date"] = "yesterday"));
    expect(answer.status).toBe(403);
  });

  test("that leaves an x-amz header unsigned is refused, and the header is named", async () => {
    const headers = { "x-amz-meta-sneaked": "in" };
    const answer = await call(
      { method: "PUT", path: `/${Bucket}/unsigned`, headers, body: "x" },
      { unsigned: ["x-amz-meta-sneaked"] },
    );
    expect(verdict(answer)).toBe("403 AccessDenied");
    expect(element(answer.text, "HeadersNotSigned")).toBe("x-amz-meta-sneaked");
    expect(await statusOf(s3.headObject({ Bucket, Key: "unsigned" }))).toBe(404);
  });

  test("that leaves the host unsigned is refused", async () => {
    expect(verdict(await get({ unsigned: ["host"] }))).toBe("403 AccessDenied");
  });

  test("without x-amz-content-sha256 is refused", async () => {
    const answer = await tampered((headers) => delete headers["x-amz-content-sha256"]);
    expect([400, 403]).toContain(answer.status);
  });
});

describe("payload hash", () => {
  const put = async (body: string, payloadHash: string): Promise<Answer> =>
    await call({ method: "PUT", path: `/${Bucket}/payload`, body }, { payloadHash });

  test("of another body is refused with XAmzContentSHA256Mismatch, and nothing is stored", async () => {
    expect(verdict(await put("body", sha256("other")))).toBe("400 XAmzContentSHA256Mismatch");
    expect(await statusOf(s3.headObject({ Bucket, Key: "payload" }))).toBe(404);
  });

  test("of a body changed on the way is refused, also when it is large", async () => {
    const body = "b".repeat(3_000_000);
    expect(verdict(await put(`${body}!`, sha256(body)))).toBe("400 XAmzContentSHA256Mismatch");
    expect(await statusOf(s3.headObject({ Bucket, Key: "payload" }))).toBe(404);
  });

  test("may be UNSIGNED-PAYLOAD", async () => {
    expect(verdict(await put("body", "UNSIGNED-PAYLOAD"))).toBe("200");
    expect(await textOf(await s3.getObject({ Bucket, Key: "payload" }))).toBe("body");
  });

  test.for(["nonsense", "e3b0", "STREAMING-SOMETHING-ELSE"])("of the form %s is refused", async (payloadHash) => {
    expect([400, 501]).toContain((await put("body", payloadHash)).status);
  });

  test("is checked for XML bodies too", async () => {
    const body = "<Delete><Object><Key>object</Key></Object></Delete>";
    const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
    const answer = await call(
      { method: "POST", path: `/${Bucket}`, query: [["delete", ""]], headers, body },
      { payloadHash: sha256("other") },
    );
    expect(answer.status).toBe(400);
    expect(await statusOf(s3.headObject({ Bucket, Key: "object" }))).toBe(200);
  });
});

describe("presigned URL", () => {
  const presigned = async (options: Parameters<typeof presignQuery>[1] = {}, request: Partial<SignedRequest> = {}) => {
    const signable = { method: "GET", path, ...request };
    const { query, headers } = presignQuery(signable, options);
    return await send({ ...signable, query, headers });
  };

  test("reads an object", async () => {
    expect((await presigned()).text).toBe("secret");
  });

  test("of the SDK reads and writes with nothing but the URL", async () => {
    const putUrl = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: "by-url" }), { expiresIn: 60 });
    const put = await fetch(putUrl, { method: "PUT", body: "by url" });
    expect(put.status).toBe(200);
    const getUrl = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: "by-url" }), { expiresIn: 604_800 });
    const got = await fetch(getUrl);
    expect(await got.text()).toBe("by url");
  });

  test("of the SDK carries metadata, tags and a type for the object", async () => {
    const put = new PutObjectCommand({
      Bucket,
      Key: "described",
      Metadata: { kept: "yes" },
      Tagging: "a=1",
      ContentType: "text/url",
    });
    const url = await getSignedUrl(s3, put, { expiresIn: 60, signableHeaders: new Set(["content-type"]) });
    const answer = await fetch(url, { method: "PUT", body: "x", headers: { "content-type": "text/url" } });
    expect(answer.status).toBe(200);
    const head = await s3.headObject({ Bucket, Key: "described" });
    expect(head).toMatchObject({ Metadata: { kept: "yes" }, ContentType: "text/url", TagCount: 1 });
  });

  test("reads a range, deletes, and uploads a part", async () => {
    const range = await presigned({}, { headers: { range: "bytes=0-2" } });
    expect(range.text).toBe("sec");
    await s3.putObject({ Bucket, Key: "doomed", Body: "x" });
    expect((await presigned({}, { method: "DELETE", path: `/${Bucket}/doomed` })).status).toBe(204);
    const { UploadId = "" } = await s3.createMultipartUpload({ Bucket, Key: "part" });
    const query = [
      ["partNumber", "1"],
      ["uploadId", UploadId],
    ] as const;
    const request = { method: "PUT", path: `/${Bucket}/part`, query };
    const signed = presignQuery(request);
    const part = await send({ ...request, ...signed, body: "part" });
    expect(part.headers["etag"]).toMatch(/^"[0-9a-f]{32}"$/);
  });

  test("holds for 7 days and no longer", async () => {
    expect(verdict(await presigned({ expires: 604_800, now: minutes(-60 * 24 * 6) }))).toBe("200");
    expect(verdict(await presigned({ expires: 604_801 }))).toBe("400 AuthorizationQueryParametersError");
  });

  test("is refused once it has expired", async () => {
    const answer = await presigned({ expires: 60, now: minutes(-2) });
    expect(verdict(answer)).toBe("403 AccessDenied");
    expect(answer.text).toContain("expired");
  });

  test("from the future is refused", async () => {
    expect((await presigned({ now: minutes(20) })).status).toBe(403);
  });

  test.for(["-1", "x", "", "1.5"])("with X-Amz-Expires=%s is refused", async (expires) => {
    expect(verdict(await presigned({ expires }))).toBe("400 AuthorizationQueryParametersError");
  });

  test("for another method, path or query is refused", async () => {
    const { query, headers } = presignQuery({ method: "GET", path });
    const others = [
      { method: "DELETE", path, query },
      { method: "GET", path: `/${Bucket}/other`, query },
      { method: "GET", path, query: [...query, ["versionId", "null"] as const] },
      { method: "GET", path, query: query.map(([n, v]) => [n, n === "X-Amz-Expires" ? "604800" : v] as const) },
    ];
    for (const other of others) expect(verdict(await send({ ...other, headers }))).toBe("403 SignatureDoesNotMatch");
    expect(await statusOf(s3.headObject({ Bucket, Key: "object" }))).toBe(200);
  });

  test("that lacks one of its parameters is refused", async () => {
    const { query, headers } = presignQuery({ method: "GET", path });
    for (const missing of ["X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"]) {
      const rest = query.filter(([name]) => name !== missing);
      const answer = await send({ method: "GET", path, query: rest, headers });
      expect(verdict(answer), missing).toBe("400 AuthorizationQueryParametersError");
    }
  });

  test("with an x-amz header that it does not sign is refused", async () => {
    const request = { method: "PUT", path: `/${Bucket}/presigned-extra` };
    const { query, headers } = presignQuery(request);
    const answer = await send({ ...request, query, headers: { ...headers, "x-amz-tagging": "a=1" }, body: "x" });
    expect(verdict(answer)).toBe("403 AccessDenied");
    expect(await statusOf(s3.headObject({ Bucket, Key: "presigned-extra" }))).toBe(404);
  });

  test("that signs a header needs it as signed", async () => {
    const request = { method: "PUT", path: `/${Bucket}/typed`, headers: { "content-type": "text/a" } };
    const { query, headers } = presignQuery(request);
    expect(verdict(await send({ ...request, query, headers, body: "x" }))).toBe("200");
    const other = await send({ ...request, query, headers: { ...headers, "content-type": "text/b" }, body: "x" });
    expect(verdict(other)).toBe("403 SignatureDoesNotMatch");
  });

  test.for([{ region: "mars-north-1" }, { service: "iam" }, { scopeDate: "20200101" }])(
    "with the scope %o is refused",
    async (scope) => {
      expect(verdict(await presigned(scope))).toBe("400 AuthorizationQueryParametersError");
    },
  );

  test("of an unknown key is refused with InvalidAccessKeyId", async () => {
    const credentials = { accessKeyId: "AKIANOBODYHASTHISKEY", secretAccessKey: "irrelevant" };
    expect(verdict(await presigned({ credentials }))).toBe("403 InvalidAccessKeyId");
  });
});

describe("two ways of authenticating at once", () => {
  test("are refused with InvalidArgument", async () => {
    const { query } = presignQuery({ method: "GET", path });
    const { headers } = signHeaders({ method: "GET", path, query });
    expect(verdict(await send({ method: "GET", path, query, headers }))).toBe("400 InvalidArgument");
  });
});

describe("no authentication", () => {
  test.for([
    ["GET", (): string => "/"],
    ["GET", (): string => `/${Bucket}`],
    ["GET", (): string => path],
    ["HEAD", (): string => path],
    ["PUT", (): string => path],
    ["DELETE", (): string => path],
    ["GET", (): string => `/${Bucket}/nowhere`],
    ["GET", (): string => "/no-such-bucket-anywhere/k"],
  ] as const)("%s is refused alike for what exists and what does not", async ([method, where]) => {
    const answer = await send({ method, path: where(), headers: { host: new URL(target.endpoint).host } });
    expect(answer.status).toBe(403);
    if (method !== "HEAD") expect(element(answer.text, "Code")).toBe("AccessDenied");
    expect(await textOf(await s3.getObject({ Bucket, Key: "object" }))).toBe("secret");
  });

  test("with a signature of version 2 in the query is refused", async () => {
    const query = [
      ["AWSAccessKeyId", target.credentials.accessKeyId],
      ["Signature", "c2ln"],
      ["Expires", String(Math.floor(Date.now() / 1000) + 60)],
    ] as const;
    const answer = await send({ method: "GET", path, query, headers: { host: new URL(target.endpoint).host } });
    expect([400, 403]).toContain(answer.status);
  });
});

describe("the SDK's clock", () => {
  test("is set right by the refusal, so that the next call is accepted", async () => {
    const late = sdk({ systemClockOffset: -3_600_000 });
    await refusal(late.listObjectsV2({ Bucket }), "RequestTimeTooSkewed", 403);
    expect(await statusOf(late.listObjectsV2({ Bucket }))).toBe(200);
  });
});
