/** Writes that come to nothing: what they leave behind, and whose bucket they may reach. */
import { startMesh, type TestMesh, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { element, pattern, RawSocket, type S3, s3Of } from "./harness.ts";

let mesh: TestMesh;
let s3: S3;
const bucket = "edge-abandoned";
const mib = 1024 ** 2;

beforeAll(async () => {
  mesh = await startMesh();
  s3 = s3Of(mesh);
  await s3.makeBucket(bucket);
});
afterAll(async () => await mesh.stop());

/** Subjects of runs in the bucket's stream. */
async function runs(of: string): Promise<string[]> {
  await using nc = await mesh.connectAdmin();
  const request = JSON.stringify({ subjects_filter: `$O.${of}.C.>` });
  const answer = await nc.request(`$JS.API.STREAM.INFO.OBJ_${of}`, request);
  return Object.keys(answer.json<{ state: { subjects?: object } }>().state.subjects ?? {});
}

describe("a large write that is refused when its bytes are stored", () => {
  const large = pattern(2 * mib);
  test.for([
    ["by its condition", { headers: { "if-none-match": "*" } }, 412, "PreconditionFailed"],
    ["by the ETag it names", { headers: { "if-match": '"0"' } }, 412, "PreconditionFailed"],
    ["by its Content-MD5", { headers: { "content-md5": "XUFAKrxLKna5cZ2REBfFkg==" } }, 400, "BadDigest"],
    ["by its hash", { payload: "0".repeat(64) }, 400, "XAmzContentSHA256Mismatch"],
    ["as a copy by its condition", { headers: { "if-none-match": "*", copy: "" } }, 412, "PreconditionFailed"],
  ] as const)("%s leaves no chunk behind", async ([, given, status, code]) => {
    const path = `/${bucket}/held`;
    await s3.ok({ method: "PUT", path, body: large });
    await s3.ok({ method: "PUT", path: `/${bucket}/source`, body: large });
    const before = await runs(bucket);
    const { copy, ...headers } = { copy: undefined, headers: {}, ...given }.headers as Record<string, string>;
    const source: Record<string, string> = copy === undefined ? {} : { "x-amz-copy-source": `${bucket}/source` };
    const body = copy === undefined ? pattern(3 * mib) : "";
    const refused = await s3.call({ method: "PUT", path, ...given, headers: { ...headers, ...source }, body });
    expect([refused.status, element(refused.text, "Code")]).toEqual([status, code]);
    await waitFor(async () => (await runs(bucket)).length === before.length, { what: "the refused run to be freed" });
    expect((await s3.ok({ path })).body.equals(large)).toBe(true);
  });
});

describe("a write into a bucket that was deleted and made anew by somebody else meanwhile", () => {
  test.for([
    ["small", 1000],
    ["large", 3 * mib],
  ] as const)("is NoSuchBucket for a %s object, and nothing gets into the other's bucket", async ([size, length]) => {
    const name = `edge-taken-${size}`;
    const mine = await user("mine");
    const other = await user("other");
    await s3.ok({ method: "PUT", path: `/${name}`, as: mine });
    await using socket = new RawSocket(s3.endpoint());
    const headers = { "content-length": String(length) };
    socket.write(s3.head({ method: "PUT", path: `/${name}/key`, headers, payload: "UNSIGNED-PAYLOAD", as: mine }));
    const bytes = pattern(length);
    socket.write(bytes.subarray(0, 10));
    await waitFor(async () => (await inFlight()) === 1, { what: "the write in hand" });
    await s3.ok({ method: "DELETE", path: `/${name}`, as: mine });
    await s3.ok({ method: "PUT", path: `/${name}`, as: other });
    socket.write(bytes.subarray(10));
    const text = await socket.until((soFar) => soFar.includes("</Error>"));
    expect([socket.statuses, element(text, "Code")]).toEqual([[404], "NoSuchBucket"]);
    expect((await s3.call({ path: `/${name}/key`, as: other })).status).toBe(404);
    await waitFor(async () => (await runs(name)).length === 0, { what: "no chunks in the other's bucket" });
  });

  async function user(name: string): Promise<{ accessKeyId: string; secretAccessKey: string }> {
    await using nc = await mesh.connectAdmin();
    const answer = await nc.request("auth.v1.CreateAccessKey", JSON.stringify({ user: `${name}-${users++}` }));
    return answer.json();
  }
  let users = 0;

  async function inFlight(): Promise<number> {
    const stats: unknown = await (await fetch(`${mesh.edges[0]?.admin}/stats`)).json();
    return typeof stats === "object" && stats !== null && "inFlight" in stats ? Number(stats.inFlight) : 0;
  }
});
