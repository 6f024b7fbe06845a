/** With three replicas a read may be answered by one that lags: a revoked key must be refused all the same. */
import { startNatsCluster, temporaryFolder } from "@holdfast/testkit";
import { join } from "node:path";
import { expect, test } from "vitest";
import { call, scope, startInstance } from "./instance.ts";
import type { Instance } from "./instance.ts";

test("on three replicas a key works as soon as it is made and is refused as soon as it is disabled, on every server", async () => {
  await using cluster = await startNatsCluster();
  await using folder = await temporaryFolder();
  const file = join(folder.path, "master.key");
  const instances: Instance[] = [];
  for (const server of cluster.servers) instances.push(await startInstance(server, file, true, 3));
  const [first] = instances;
  if (first === undefined) throw new Error("no instance");
  const { accessKeyId } = await first.handlers.CreateAccessKey({ user: "ada", admin: false }, call());
  const sign = () =>
    Promise.allSettled(instances.map(({ handlers }) => handlers.GetSigningKey({ accessKeyId, ...scope() }, call())));
  const ballast = new Uint8Array(256 * 1024);
  for (let round = 0; round < 12; round++) {
    // keeps the followers busy, so that they lag behind the leader's acknowledgement
    for (let i = 0; i < 40; i++) first.nc.publish(`$KV.holdfast-auth.ballast.${round}.${i}`, ballast);
    await first.handlers.UpdateAccessKey({ accessKeyId, status: "Inactive" }, call());
    expect((await sign()).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await first.handlers.UpdateAccessKey({ accessKeyId, status: "Active" }, call());
    expect((await sign()).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
  }
  await Promise.all(instances.map((instance) => instance[Symbol.asyncDispose]()));
});
