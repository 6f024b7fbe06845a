/** What is asked of a replicated stream in the moment in which it loses its leader. */
import { startNatsCluster, type TestNats } from "@holdfast/testkit";
import { expect, test } from "vitest";
import { apiRequest } from "../src/index.ts";

const leaderOf = (info: unknown) => /"leader":"n(\d)"/.exec(JSON.stringify(info))?.[1];

function serverAt(servers: readonly TestNats[], place: number): TestNats {
  const server = servers[place % servers.length];
  if (server === undefined) throw new Error("no such server");
  return server;
}

test("a question that was asked while there was no leader is answered by the next one", async () => {
  await using cluster = await startNatsCluster();
  const { servers } = cluster;
  const first = await serverAt(servers, 0).connect();
  await apiRequest(first, "STREAM.CREATE.S", { name: "S", subjects: ["s.>"], num_replicas: 3 }, { timeoutMs: 20_000 });
  const leader = Number(leaderOf(await apiRequest(first, "STREAM.INFO.S")));
  const nc = await serverAt(servers, leader + 1).connect();
  await serverAt(servers, leader).kill();
  const info = await apiRequest(nc, "STREAM.INFO.S", undefined, { timeoutMs: 25_000 });
  expect(leaderOf(info)).not.toBe(String(leader));
});
