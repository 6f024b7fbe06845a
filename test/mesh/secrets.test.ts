/** Whatever is sent and whatever fails, at the most talkative log level and with tracing on: no secret reaches a log or a span. */
import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { auth } from "@holdfast/contracts";
import { client, isMeshError } from "@holdfast/micro";
import { startMesh, type TestMesh, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Collector, startCollector } from "./support/otlp.ts";
import { type Credentials, sdk, seededBytes, statusOf } from "./support/s3.ts";
import { signStreamingPut } from "./support/sigv4.ts";

const Bucket = "secrets";
let collector: Collector;
let mesh: TestMesh;
const clients: S3Client[] = [];
/** All that must not be seen, with what it is. */
const secrets = new Map<string, string>();
const keep = (secret: string, what: string) => void secrets.set(secret, what);

beforeAll(async () => {
  collector = await startCollector();
  mesh = await startMesh({ env: { ...collector.env, HOLDFAST_LOG_LEVEL: "trace" } });
  keep(mesh.credentials.secretAccessKey, "the administrator's secret key");
  for (const [user, password] of Object.entries(mesh.nats.passwords)) keep(password, `NATS password of ${user}`);
});
afterAll(async () => {
  for (const each of clients) each.destroy();
  await mesh.stop();
  await collector[Symbol.asyncDispose]();
});

const endpoint = () => mesh.edges[0]?.endpoint ?? "";

/** An SDK client that notes every signature it sends. */
function noting(credentials: Credentials): S3Client {
  keep(credentials.secretAccessKey, "a secret key");
  const s3 = sdk(endpoint(), credentials);
  s3.middlewareStack.add(
    (next) => (args) => {
      const signature = /Signature=([0-9a-f]{64})/.exec(JSON.stringify(args.request))?.[1];
      if (signature) keep(signature, "the signature of a request");
      return next(args);
    },
    { step: "deserialize", name: "note signatures" },
  );
  clients.push(s3);
  return s3;
}

/** Fetches a presigned URL; its signature and its query are noted. */
async function fetchPresigned(url: string): Promise<number> {
  const { searchParams, search } = new URL(url);
  keep(searchParams.get("X-Amz-Signature") ?? "no signature", "the signature of a presigned URL");
  keep(search.slice(1), "the query of a presigned URL");
  return (await fetch(url)).status;
}

async function all(): Promise<Map<string, string>> {
  const files = await readdir(mesh.logFolder);
  const texts = await Promise.all(files.map((file) => readFile(join(mesh.logFolder, file), "utf8")));
  return new Map([...files.map((file, i) => [file, texts[i] ?? ""] as const), ["exported spans", collector.text()]]);
}

/** How a secret may look when it was not meant to. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), bytes.toString("base64url")];
}

async function expectNoSecret(): Promise<void> {
  for (const [place, text] of await all()) {
    for (const [secret, what] of secrets) {
      const seen = spellings(secret).some((spelling) => text.includes(spelling));
      expect(seen, `${what} in ${place}`).toBe(false);
    }
    expect(text, place).not.toMatch(/signature(?:=|%3D|":\s*")[0-9a-f]{16}/i);
    expect(text, place).not.toMatch(/AWS4-HMAC-SHA256/);
  }
}

describe("no secret reaches a log or a span", () => {
  test("of requests that succeed", async () => {
    const s3 = noting(mesh.credentials);
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: "small" }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "b", Body: seededBytes("b", 400_000) }));
    await s3.send(new HeadObjectCommand({ Bucket, Key: "a" }));
    await s3.send(new ListObjectsV2Command({ Bucket }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "b" }));
    expect(await fetchPresigned(await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: "a" })))).toBe(200);
    await expectNoSecret();
  });

  test("of requests whose signature is wrong, expired or of an unknown key", async () => {
    const right = noting(mesh.credentials);
    const wrong = noting({ ...mesh.credentials, secretAccessKey: randomBytes(30).toString("base64") });
    const unknown = noting({ ...mesh.credentials, accessKeyId: "AKIANOBODYKNOWSTHIS1" });
    const get = () => new GetObjectCommand({ Bucket, Key: "a" });
    for (const s3 of [wrong, unknown]) expect(await s3.send(get()).then(() => 200, statusOf)).toBe(403);
    expect(await fetchPresigned(await getSignedUrl(wrong, get()))).toBe(403);
    const longAgo = { signingDate: new Date(Date.now() - 3_600_000), expiresIn: 60 };
    expect(await fetchPresigned(await getSignedUrl(right, get(), longAgo))).toBe(403);
    const url = await getSignedUrl(right, get());
    expect(await fetchPresigned(`${url}&acl`)).toBe(403);
    expect(await fetchPresigned(url.replace("X-Amz-Date=2", "X-Amz-Date=x"))).toBeGreaterThanOrEqual(400);
    // Where nobody expects them: a path, and headers of a request that is refused before it is understood.
    const { search } = new URL(url);
    expect((await fetch(`${endpoint()}/${Bucket}/x%3F${encodeURIComponent(search)}`)).status).toBe(403);
    expect((await fetch(`${endpoint()}/${Bucket}/%ff`, { headers: { authorization: search } })).status).toBe(400);
    await expectNoSecret();
  });

  test("of uploads with signed chunks, right and wrong", async () => {
    const url = new URL(`${endpoint()}/${Bucket}/chunked`);
    const send = async (spoil: (body: Buffer) => void) => {
      const { headers, body, signingKey, signatures } = signStreamingPut(
        url,
        mesh.credentials,
        seededBytes("c", 70_000),
      );
      for (const signature of signatures) keep(signature, "a signature of an upload");
      keep(signingKey.toString("hex"), "a signing key as hex");
      keep(signingKey.toString("base64"), "a signing key as base64");
      keep(signingKey.toString("latin1"), "a signing key");
      spoil(body);
      return (await fetch(url, { method: "PUT", headers, body: new Uint8Array(body) })).status;
    };
    expect(await send(() => {})).toBe(200);
    expect(await send((body) => void body.write("x", 50_000))).toBe(403);
    await expectNoSecret();
  });

  test("of making, importing and misusing access keys", async () => {
    await using nc = await mesh.connectAdmin();
    const keys = client(nc, auth);
    const made = await keys.CreateAccessKey({ user: "somebody", admin: false });
    keep(made.secretAccessKey, "a secret key just made");
    const rotated = await keys.RotateAccessKey({ accessKeyId: made.accessKeyId });
    keep(rotated.secretAccessKey, "a secret key from a rotation");
    // With characters that no access key id has: in the wrong place it must be refused.
    const secretAccessKey = `${randomBytes(27).toString("base64")}/+a/`;
    keep(secretAccessKey, "an imported secret key");
    const imported = { accessKeyId: "AKIAIMPORTEDKEY00001", secretAccessKey, user: "importer", admin: false };
    await keys.ImportAccessKeys({ accessKeys: [imported] });
    // A secret in the place of another field, and an input that is not even JSON.
    const misplaced = keys.ImportAccessKeys({ accessKeys: [{ ...imported, accessKeyId: secretAccessKey }] });
    expect(isMeshError(await misplaced.catch((error: unknown) => error), "InvalidInput")).toBe(true);
    const answer = await nc.request(
      "auth.v1.ImportAccessKeys",
      `{"accessKeys":[{"secretAccessKey":"${secretAccessKey}"`,
    );
    expect(answer.headers?.get("Nats-Service-Error-Code")).toBe("400");
    await noting({ ...mesh.credentials, ...made })
      .send(new ListObjectsV2Command({ Bucket }))
      .catch(statusOf);
    await keys.DeleteAccessKey({ accessKeyId: made.accessKeyId });
    await expectNoSecret();
  });

  test("of requests while auth, object-metadata and NATS are away, and of processes that end", async () => {
    const s3 = noting(mesh.credentials);
    await mesh.kill("auth");
    await mesh.kill("object-metadata");
    const fresh = noting({ ...mesh.credentials, accessKeyId: "AKIANEVERSEENBEFORE1" });
    const list = new ListObjectsV2Command({ Bucket });
    expect(await fresh.send(list).then(() => 200, statusOf)).toBe(503);
    expect(await s3.send(list).then(() => 200, statusOf)).toBe(503);
    await mesh.nats.restart();
    await mesh.kill("multipart", 0, "SIGTERM");
    await mesh.kill("s3-edge", 0, "SIGTERM");
    await expectNoSecret();
  });

  test("although there was something to see in every log and of every operation", async () => {
    await waitFor(() => collector.spans.some(({ service }) => service === "multipart") || collector.spans.length > 20);
    const seen = await all();
    for (const [place, text] of seen) expect(text.length, place).toBeGreaterThan(50);
    expect(seen.get("s3-edge-0.log")).toContain('"operation":"PutObject"');
    expect(seen.get("s3-edge-0.log")).toContain("SignatureDoesNotMatch");
    expect(collector.spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["s3-edge/GetObject", "auth/CreateAccessKey", "auth/GetSigningKey"]),
    );
    // The spans of the last test have arrived by now.
    await expectNoSecret();
  });
});
