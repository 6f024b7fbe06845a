import { access } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { startMesh, startMeshNats } from "../src/index.ts";

const onlyAuth = { edges: 0, objectMetadata: 0, multipart: 0 };

describe("startMesh", () => {
  test("runs a service as its own NATS user, and gives an administrator's key", async () => {
    await using mesh = await startMesh({ ...onlyAuth, env: { HOLDFAST_LOG_LEVEL: "error" } });
    expect(mesh.processes.map(({ service, index }) => [service, index])).toEqual([["auth", 0]]);
    expect(mesh.env["AWS_ACCESS_KEY_ID"]).toBe(mesh.credentials.accessKeyId);
    await using nc = await mesh.connectAdmin();
    const answer = await nc.request("auth.v1.ListAccessKeys", "{}");
    expect(answer.json()).toMatchObject({ accessKeys: [{ accessKeyId: mesh.credentials.accessKeyId, admin: true }] });
  });

  test("kills one instance while the other goes on, and brings it back on the same ports and data", async () => {
    await using mesh = await startMesh({ ...onlyAuth, auth: 2 });
    const before = mesh.processes.map(({ admin }) => admin);
    await mesh.kill("auth", 0);
    expect(mesh.processes.map(({ index }) => index)).toEqual([1]);
    await mesh.restart("auth", 0);
    expect(mesh.processes.map(({ admin }) => admin)).toEqual(before);
    expect((await fetch(`${before[0]}/healthz`)).status).toBe(200);
  });

  test("shows the log of a process that does not start, and leaves nothing running", async () => {
    await using nats = await startMeshNats();
    const failure = startMesh({ ...onlyAuth, nats, env: { HOLDFAST_AUTH_REPLICAS: "2" } });
    await expect(failure).rejects.toThrow(/auth #0 did not start: it exited with code 2[^]*HOLDFAST_AUTH_REPLICAS/);
    // a server that was given stays
    await expect(access(nats.storeDir)).resolves.toBeUndefined();
  });

  test("says which instance it does not have", async () => {
    await using mesh = await startMesh({ ...onlyAuth, auth: 0 });
    await expect(mesh.kill("s3-edge", 3)).rejects.toThrow("this mesh has no s3-edge #3");
  });
});
