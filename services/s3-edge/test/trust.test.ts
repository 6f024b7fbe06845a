/** Who may do what, for how long, and what is never said about it. Two edges, two users, one nobody. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { auth } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import { type Credentials, presignUrl } from "@holdfast/s3-protocol";
import { startMesh, type TestMesh, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { element, pattern, type S3, s3Of } from "./harness.ts";

let mesh: TestMesh;
let s3: S3;
let alice: Credentials;
let mallory: Credentials;
const bucket = "edge-trust";
const path = `/${bucket}/secret-plan`;

async function asAuth<T>(work: (calls: ReturnType<typeof client<typeof auth>>) => Promise<T>): Promise<T> {
  await using nc = await mesh.connectAdmin();
  return await work(client(nc, auth));
}
const newKey = (user: string): Promise<Credentials> => asAuth((calls) => calls.CreateAccessKey({ user }));

beforeAll(async () => {
  mesh = await startMesh({ edges: 2 });
  s3 = s3Of(mesh);
  [alice, mallory] = [await newKey("alice"), await newKey("mallory")];
  await s3.ok({ method: "PUT", path: `/${bucket}`, as: alice });
  await s3.ok({ method: "PUT", path, body: "attack at dawn", as: alice, headers: { "x-amz-tagging": "a=b" } });
});
afterAll(async () => await mesh.stop());

const answerOf = async (call: Parameters<S3["call"]>[0]) => {
  const { status, text } = await s3.call(call);
  return [status, element(text, "Code")];
};

describe("a stranger", () => {
  test.for([
    ["GET", path],
    ["GET", `/${bucket}/nothing-here`],
    ["PUT", path],
    ["DELETE", path],
    ["GET", `/${bucket}`],
    ["GET", `/${bucket}?list-type=2`],
    ["GET", `/${bucket}?policy=`],
    ["GET", `${path}?tagging=`],
    ["POST", `${path}?uploads=`],
    ["DELETE", `/${bucket}`],
  ] as const)("is denied %s %s, whatever exists there", async ([method, target]) => {
    expect(await answerOf({ method, path: target, as: mallory })).toEqual([403, "AccessDenied"]);
  });

  test("learns nothing from conditions", async () => {
    for (const name of ["if-match", "if-none-match"]) {
      const call = { path, as: mallory, headers: { [name]: '"x"' } };
      expect(await answerOf(call)).toEqual([403, "AccessDenied"]);
    }
  });

  test("may not read through a copy into a bucket of his own", async () => {
    await s3.ok({ method: "PUT", path: "/edge-mallory", as: mallory });
    for (const target of ["/edge-mallory/copy", "/edge-mallory/copy?partNumber=1&uploadId=x"]) {
      const call = { method: "PUT", path: target, as: mallory, headers: { "x-amz-copy-source": path } };
      const [status] = await answerOf(call);
      // For a part, the upload is looked for first; either way nothing is read.
      expect([403, 404]).toContain(status);
    }
    const copy = { method: "PUT", path: "/edge-mallory/copy", as: mallory, headers: { "x-amz-copy-source": path } };
    expect(await answerOf(copy)).toEqual([403, "AccessDenied"]);
  });

  test("does not see the bucket in his list", async () => {
    expect((await s3.ok({ path: "/", as: mallory })).text).not.toContain(`<Name>${bucket}<`);
    expect((await s3.ok({ path: "/", as: alice })).text).toContain(`<Name>${bucket}<`);
    expect((await s3.ok({ path: "/" })).text).toContain(`<Name>${bucket}<`);
  });

  test("is told which buckets do not exist, as S3 tells", async () => {
    expect(await answerOf({ path: "/edge-not-there", as: mallory })).toEqual([404, "NoSuchBucket"]);
  });
});

describe("nobody", () => {
  test.for(["/", path, `/${bucket}/nothing-here`, `/${bucket}`, "/edge-not-there", "/edge-not-there/key"])(
    "is denied %s",
    async (target) => {
      expect(await answerOf({ path: target, as: null })).toEqual([403, "AccessDenied"]);
    },
  );
});

describe("an administrator", () => {
  test("may use everybody's bucket", async () => {
    expect((await s3.ok({ path })).text).toBe("attack at dawn");
  });
});

describe("x-amz-expected-bucket-owner", () => {
  test("must name the owner", async () => {
    const asked = (owner: string) => ({ path, as: alice, headers: { "x-amz-expected-bucket-owner": owner } });
    expect((await s3.call(asked("alice"))).status).toBe(200);
    expect(await answerOf(asked("bob"))).toEqual([403, "AccessDenied"]);
  });
});

describe("an access key", () => {
  test("that is unknown is InvalidAccessKeyId", async () => {
    const nobody = { accessKeyId: "AKNOBODY", secretAccessKey: "whatever it is" };
    expect(await answerOf({ path, as: nobody })).toEqual([403, "InvalidAccessKeyId"]);
    const strange = { accessKeyId: "x".repeat(300), secretAccessKey: "whatever it is" };
    expect(await answerOf({ path, as: strange })).toEqual([400, "AuthorizationHeaderMalformed"]);
    expect(await answerOf({ path, as: alice })).toEqual([200, undefined]);
  });

  test("works on every edge as soon as it was made, and on none within a second of its end", async () => {
    for (const end of ["disable", "revoke"] as const) {
      const key = await newKey(`short-${end}`);
      const asked = (edge: number) => ({ path: "/", as: key, edge });
      for (const edge of [0, 1]) expect((await s3.call(asked(edge))).status).toBe(200);
      const { accessKeyId } = key;
      await asAuth<unknown>((calls) =>
        end === "disable"
          ? calls.UpdateAccessKey({ accessKeyId, status: "Inactive" })
          : calls.DeleteAccessKey({ accessKeyId }),
      );
      const endedAt = performance.now();
      for (const edge of [0, 1]) {
        const denied = async () => (await s3.call(asked(edge))).status === 403;
        await waitFor(denied, { timeoutMs: 1_000, what: `the end of the key on edge ${edge}` });
      }
      expect(performance.now() - endedAt).toBeLessThan(1_000);
    }
  });

  test("that was used a moment ago goes on while auth is away; one that was not is SlowDown", async () => {
    const unused = await newKey("unused");
    await s3.ok({ path, as: alice });
    await mesh.kill("auth");
    expect((await s3.call({ path, as: alice })).status).toBe(200);
    expect(await answerOf({ path: "/", as: unused })).toEqual([503, "SlowDown"]);
    await mesh.restart("auth");
    await waitFor(async () => (await s3.call({ path: "/", as: unused })).status === 200, { timeoutMs: 10_000 });
  });
});

describe("an error", () => {
  test("is XML with the request's id in it, on its header and in the log", async () => {
    const { status, headers, text } = await s3.call({ path: `/${bucket}/a%20b`, as: alice });
    expect([status, headers["content-type"], headers["server"]]).toEqual([404, "application/xml", "Holdfast"]);
    const requestId = headers["x-amz-request-id"] ?? "";
    expect(requestId).toMatch(/^[0-9A-F]{16}$/);
    const names = ["Code", "Key", "Resource", "RequestId", "HostId"];
    expect(names.map((name) => element(text, name))).toEqual([
      "NoSuchKey",
      "a b",
      `/${bucket}/a%20b`,
      requestId,
      headers["x-amz-id-2"],
    ]);
    await waitFor(async () => (await logs()).includes(requestId), { what: "the log line" });
  });

  test("on HEAD has no body", async () => {
    const { status, body } = await s3.call({ method: "HEAD", path: `/${bucket}/nothing`, as: alice });
    expect([status, body.length]).toEqual([404, 0]);
  });
});

async function logs(): Promise<string> {
  const files = await readdir(mesh.logFolder);
  return (await Promise.all(files.map((file) => readFile(join(mesh.logFolder, file), "utf8")))).join("");
}

describe("the logs", () => {
  test("of all services never hold secrets, signatures, queries or bodies; the edge's name each request", async () => {
    const url = presignUrl({ method: "GET", url: s3.endpoint() + path }, alice, {
      region: "us-east-1",
      now: new Date(),
      expiresIn: 60,
    });
    expect((await fetch(url)).status).toBe(200);
    const forged = await fetch(url.replace(/.{8}$/, "deadbeef"));
    expect(forged.status).toBe(403);
    const signed = s3.sign({ path, as: alice });
    const requestId = forged.headers.get("x-amz-request-id") ?? "";
    await waitFor(async () => (await logs()).includes(requestId), { what: "the log line" });
    const text = await logs();
    const secrets = [
      alice.secretAccessKey,
      s3.credentials.secretAccessKey,
      new URL(url).searchParams.get("X-Amz-Signature") ?? "",
      "deadbeef",
      "X-Amz-Signature",
      "AWS4-HMAC-SHA256",
      Buffer.from(signed.signingKey).toString("hex"),
      Buffer.from(signed.signingKey).toString("base64"),
      "attack at dawn",
      "secret-plan",
    ];
    for (const secret of secrets) expect(text.includes(secret), `the logs hold ${secret}`).toBe(false);
    const lines = text.split("\n").filter((line) => line.includes(requestId));
    expect(lines.map((line): unknown => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ msg: "request", requestId, bucket, status: 403, errorCode: "SignatureDoesNotMatch" }),
    );
  });
});

describe("the admin port", () => {
  const admin = async (page: string) => await (await fetch(`${mesh.edges[0]?.admin}${page}`)).text();

  test("tells requests by operation and status, bytes, and what is in hand", async () => {
    await s3.ok({ method: "PUT", path, body: "attack at dusk", as: alice });
    const text = await admin("/metrics");
    expect(text).toMatch(/holdfast_s3_requests_total\{operation="PutObject",status="200"\} \d/);
    expect(text).toMatch(/holdfast_s3_request_duration_seconds_count\{operation="GetObject"\} \d/);
    expect(text).toMatch(/holdfast_s3_bytes_total\{direction="in"\} \d/);
    expect(text).toMatch(/holdfast_nats_round_trips_total\{operation="object-metadata\/PutObject"\} \d/);
    expect(JSON.parse(await admin("/stats"))).toMatchObject({
      inFlight: 0,
      requests: { PutObject: expect.any(Number) },
    });
  });
});

describe("an edge that is told to stop", () => {
  test("finishes what it has in hand", async () => {
    await s3.ok({ method: "PUT", path: `/${bucket}/large`, body: pattern(20 * 1024 ** 2), as: alice });
    const { headers } = s3.sign({ path: `/${bucket}/large`, as: alice, edge: 1 });
    const answer = await fetch(`${s3.endpoint(1)}/${bucket}/large`, { headers });
    const stopping = mesh.kill("s3-edge", 1, "SIGTERM");
    expect(Buffer.from(await answer.arrayBuffer()).equals(pattern(20 * 1024 ** 2))).toBe(true);
    await stopping;
    expect((await s3.call({ path, as: alice })).status).toBe(200);
  });
});
