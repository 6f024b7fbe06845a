/** The load sees what was lost: README.md says what that is. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { waitFor } from "@holdfast/testkit";
import { expect, test } from "vitest";
import { helloTexts } from "./hello.ts";
import { startTraffic, type TrafficReport } from "./traffic.ts";

const says =
  (status: number, body = ""): RequestListener =>
  (_request, response) =>
    void response.writeHead(status).end(body);
const serves = says(200, helloTexts.v1);
const breaksOff: RequestListener = (_request, response) => {
  response.writeHead(200, { "content-length": 100 });
  response.write("half", () => response.destroy());
};
const isSilent: RequestListener = () => undefined;

type Marks = { readonly killed?: number; readonly paused?: number };

/** What came of some requests to hosts that answer like this. */
async function loadOn(hosts: readonly RequestListener[], { killed, paused }: Marks = {}): Promise<TrafficReport> {
  const servers = hosts.map((listener) => createServer(listener).listen(0, "127.0.0.1"));
  let asked = 0;
  for (const server of servers) server.on("request", () => asked++);
  await waitFor(() => servers.every(({ listening }) => listening));
  const traffic = startTraffic({
    hosts: servers.map((server, index) => {
      return { index, id: String(index), http: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    }),
    callers: 1,
    restMs: 1,
    wasKilledSince: (index) => index === killed,
    isPaused: (index) => index === paused,
  });
  await waitFor(() => asked >= hosts.length * 2, { timeoutMs: 20_000 });
  await pause(50);
  const report = await traffic.stop();
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return report;
}

test("a host without a replica, one that is not ready and one that is down are passed by", async () => {
  const { lost, requests } = await loadOn([says(421), says(503), serves]);
  expect(lost).toEqual([]);
  expect(requests).toBeGreaterThan(1);
});

test("an error, another body and an answer that breaks off are lost requests", async () => {
  expect((await loadOn([says(500, "oh"), serves])).lost[0]).toMatch(/^(hello|slow): host 0: 500 oh$/);
  expect((await loadOn([says(200, "something else")])).lost).toContain("hello: host 0: 200 something else");
  expect((await loadOn([breaksOff, serves])).lost[0]).toMatch(/host 0: broken: /);
});

test("what a killed host breaks off and a paused one does not answer is asked of the next", async () => {
  expect((await loadOn([breaksOff, serves], { killed: 0 })).lost).toEqual([]);
  expect((await loadOn([isSilent, serves], { paused: 0 })).lost).toEqual([]);
});

test("a request that nobody takes within the patience of a balancer is lost", async () => {
  const { lost, laterRounds } = await loadOn([says(421), says(503)]);
  expect(lost[0]).toMatch(/host 0: 421/);
  expect(laterRounds).toBeGreaterThan(0);
});
