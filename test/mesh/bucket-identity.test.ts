/**
 * A request is allowed for the bucket that was there when it began. While its body is on the way, the bucket may be deleted and its name
 * taken by somebody else: nothing of the request may happen to the other one's bucket.
 */
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { once } from "node:events";
import { auth, objectMetadata } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import { signRequest } from "@holdfast/s3-protocol";
import { startMesh, type TestMesh } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/nats-core";
import { afterAll, beforeAll, expect, test } from "vitest";

let mesh: TestMesh;
let admin: NatsConnection;
beforeAll(async () => {
  mesh = await startMesh();
  admin = await mesh.connectAdmin();
});
afterAll(async () => {
  await admin.close();
  await mesh.stop();
});

const attributes = { headers: {}, userMetadata: {}, tags: [], storageClass: "STANDARD" };
const md5 = (text: string) => createHash("md5").update(text).digest();

/** Sends the head of alice's request, hands her bucket over to bob in the meantime, then sends the body; the answer's first line. */
async function handedOver(bucket: string, call: { method: string; path: string; query?: string; body: string }) {
  const metadata = client(admin, objectMetadata);
  const alice = await client(admin, auth).CreateAccessKey({ user: `alice-${bucket}` });
  await metadata.CreateBucket({ bucket, owner: `alice-${bucket}` });
  const { host, hostname, port, origin } = new URL(mesh.edges[0]?.endpoint ?? "");
  const { method, path, query, body } = call;
  const target = query === undefined ? path : `${path}?${query}`;
  const { headers } = signRequest(
    { method, url: origin + target, headers: { "content-md5": md5(body).toString("base64") } },
    alice,
    { region: mesh.credentials.region, now: new Date(), payload: Buffer.from(body) },
  );
  const socket = connect(Number(port), hostname);
  const all = { host, ...headers, expect: "100-continue", "content-length": String(body.length), connection: "close" };
  const head = [`${method} ${target} HTTP/1.1`, ...Object.entries(all).map((line) => line.join(": "))];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  // the body is asked for: alice's request has been allowed
  const [invitation] = await once(socket, "data");
  expect(String(invitation)).toContain("100 Continue");
  await metadata.DeleteBucket({ bucket });
  await metadata.CreateBucket({ bucket, owner: "bob" });
  const etag = md5("bob's").toString("hex");
  const put = { bucket, key: "bobs", attributes, etag, sha256: "-", conditions: {} };
  await metadata.PutObject(put, { body: Buffer.from("bob's") });
  socket.write(body);
  const [answer] = await once(socket, "data");
  socket.destroy();
  const { objects } = await metadata.ListObjects({ bucket });
  const found = await metadata.ResolveObject({ bucket, key: "bobs" }).catch(() => undefined);
  return {
    status: String(answer).split("\r\n", 1)[0],
    keys: objects.map(({ key }) => key),
    tags: found?.object.tags,
  };
}

const untouched = { status: "HTTP/1.1 404 Not Found", keys: ["bobs"], tags: [] };

test("an object is not written into a bucket that somebody else made meanwhile", async () => {
  const call = { method: "PUT", path: "/handed-put/alices", body: "alice's" };
  expect(await handedOver("handed-put", call)).toEqual(untouched);
});

test("objects are not deleted from a bucket that somebody else made meanwhile", async () => {
  const body = "<Delete><Object><Key>bobs</Key></Object></Delete>";
  const call = { method: "POST", path: "/handed-delete", query: "delete", body };
  expect(await handedOver("handed-delete", call)).toEqual(untouched);
});

test("objects are not tagged in a bucket that somebody else made meanwhile", async () => {
  const body = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
  const call = { method: "PUT", path: "/handed-tag/bobs", query: "tagging", body };
  expect(await handedOver("handed-tag", call)).toEqual(untouched);
});
