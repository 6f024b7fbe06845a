/** `holdfast key ...` against a real auth. */
import { startMesh, type TestMesh } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { runHoldfast } from "./run-holdfast.ts";

let mesh: TestMesh;
beforeAll(async () => {
  mesh = await startMesh({ edges: 0, objectMetadata: 0, multipart: 0 });
});
afterAll(() => mesh.stop());

const holdfast = (...args: string[]) => runHoldfast(mesh, args);

const Key = z.object({ accessKeyId: z.string(), user: z.string(), admin: z.boolean(), status: z.string() });
const NewKey = Key.extend({ secretAccessKey: z.string() });

async function create(user: string, ...more: string[]): Promise<z.output<typeof NewKey>> {
  const { stdout, stderr } = await holdfast("key", "create", user, "--output", "json", ...more);
  expect(stderr).toBe("");
  return NewKey.parse(JSON.parse(stdout));
}

async function keysOf(user: string): Promise<z.output<typeof Key>[]> {
  const { stdout } = await holdfast("key", "list", "--user", user, "--output", "json");
  expect(stdout).not.toContain("secretAccessKey");
  return z.object({ accessKeys: z.array(Key) }).parse(JSON.parse(stdout)).accessKeys;
}

describe("holdfast key", () => {
  test("creates a key, with its secret shown once", async () => {
    const key = await create("alice");
    expect(key).toMatchObject({ user: "alice", admin: false, status: "Active" });
    expect(await keysOf("alice")).toEqual([expect.objectContaining({ accessKeyId: key.accessKeyId })]);
  });

  test("creates an administrator's key with --admin", async () => {
    expect(await create("operator", "--admin")).toMatchObject({ admin: true });
  });

  test("disables and enables a key", async () => {
    const { accessKeyId } = await create("bob");
    expect((await holdfast("key", "disable", accessKeyId)).stdout).toBe(`${accessKeyId} is inactive\n`);
    expect(await keysOf("bob")).toEqual([expect.objectContaining({ status: "Inactive" })]);
    await holdfast("key", "enable", accessKeyId);
    expect(await keysOf("bob")).toEqual([expect.objectContaining({ status: "Active" })]);
  });

  test("rotates: both keys live until the old one is revoked", async () => {
    const old = await create("carol");
    const { stdout } = await holdfast("key", "rotate", old.accessKeyId, "--output", "json");
    const fresh = NewKey.parse(JSON.parse(stdout));
    expect(new Set((await keysOf("carol")).map((key) => key.accessKeyId))).toEqual(
      new Set([old.accessKeyId, fresh.accessKeyId]),
    );
    await holdfast("key", "revoke", old.accessKeyId);
    expect(await keysOf("carol")).toEqual([expect.objectContaining({ accessKeyId: fresh.accessKeyId })]);
  });

  test("says which key does not exist, with exit code 1", async () => {
    const { code, stderr } = await holdfast("key", "disable", "NOSUCHKEY");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^holdfast: auth: .*\(InvalidAccessKeyId\)\n$/);
  });

  test("says so when the service is not there", async () => {
    const { code, stderr } = await holdfast("bucket", "list");
    expect(code).toBe(1);
    expect(stderr).toMatch(/no object-metadata answers: see holdfast status/);
  });
});

describe("holdfast status", () => {
  test("shows the services that answer and fails by naming those that do not", async () => {
    const { code, stdout, stderr } = await holdfast("status");
    expect(code).toBe(1);
    expect(stdout).toMatch(/auth +1\.0\.0 +\S+ +7 +\d+/);
    expect(stderr).toContain("no answer from multipart, object-metadata, s3-edge");
  });
});
