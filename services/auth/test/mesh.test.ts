/** The real processes with the real permissions: auth twice, nats-server. */
import { auth, AuthChanged, authChangedSubject } from "@holdfast/contracts";
import { client, isMeshError } from "@holdfast/micro";
import { startMesh, waitFor } from "@holdfast/testkit";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scope } from "./instance.ts";

test("two processes serve, push revocations within a second, survive each other's death and log no secret", async () => {
  await using mesh = await startMesh({ edges: 0, objectMetadata: 0, multipart: 0, auth: 2 });
  const nc = await mesh.connectAdmin();
  const api = client(nc, auth);
  const heard: { accessKeyId?: string | undefined; revision: number; at: number }[] = [];
  nc.subscribe(authChangedSubject, {
    callback: (_error, message) => void heard.push({ ...AuthChanged.parse(message.json()), at: performance.now() }),
  });
  await nc.flush();

  const secrets = [mesh.credentials.secretAccessKey];
  for (let round = 0; round < 10; round++) {
    const { accessKeyId, secretAccessKey } = await api.CreateAccessKey({ user: `user${round}` });
    secrets.push(secretAccessKey);
    const { output } = await api.GetSigningKey({ accessKeyId, ...scope() });
    const begun = performance.now();
    await api.DeleteAccessKey({ accessKeyId });
    const push = await waitFor(() =>
      heard.find((one) => one.accessKeyId === accessKeyId && one.revision > output.revision),
    );
    expect(push.at - begun).toBeLessThan(1_000);
    await expect(api.GetSigningKey({ accessKeyId, ...scope() })).rejects.toMatchObject({
      code: "InvalidAccessKeyId",
      status: 403,
    });
  }

  // 40 calls while one process is killed: those in its hands are asked again, nobody gets a wrong answer
  const { accessKeyId } = mesh.credentials;
  const calls = Array.from({ length: 40 }, () => api.GetSigningKey({ accessKeyId, ...scope() }));
  await mesh.kill("auth", 0);
  const settled = await Promise.allSettled(calls);
  const codes = settled.flatMap((one) =>
    one.status === "rejected" && isMeshError(one.reason) ? [one.reason.code] : [],
  );
  expect(codes).toEqual([]);
  await mesh.restart("auth", 0);
  await expect(api.GetSigningKey({ accessKeyId, ...scope() })).resolves.toBeDefined();

  const logs = await Promise.all(
    (await readdir(mesh.logFolder)).map((name) => readFile(join(mesh.logFolder, name), "utf8")),
  );
  expect(logs.join("")).toContain("ready");
  for (const secret of secrets) expect(logs.join("")).not.toContain(secret);
});

test("a restart of nats-server is survived: calls answer again and keys are there", async () => {
  await using mesh = await startMesh({ edges: 0, objectMetadata: 0, multipart: 0 });
  const api = client(await mesh.connectAdmin({ maxReconnectAttempts: -1, reconnectTimeWait: 50 }), auth);
  await mesh.nats.kill("SIGKILL");
  await mesh.nats.restart();
  const { accessKeyId } = mesh.credentials;
  const sign = () => api.GetSigningKey({ accessKeyId, ...scope() });
  const { output } = await waitFor(sign, { timeoutMs: 15_000, what: "an answer" });
  expect(output).toMatchObject({ user: "tester", admin: true });
});
