import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { Exchange } from "./exchange.ts";

/** The exchange of one request, on the socket that it came over. */
async function exchangeOf(head: string) {
  const arrived = Promise.withResolvers<Exchange>();
  const options = { hostId: "host", expectsContinue: false, isClosing: () => false };
  const server = createServer((request, response) => arrived.resolve(new Exchange(request, response, options)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const client = connect(portOf(server), "127.0.0.1");
  client.write(`${head}\r\nHost: x\r\n\r\n`);
  return { exchange: await arrived.promise, client, [Symbol.asyncDispose]: async () => void server.close() };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("a signal asked for while the client is there is aborted when it goes", async () => {
  await using stage = await exchangeOf("GET / HTTP/1.1");
  const { exchange, client } = stage;
  const { signal } = exchange;
  expect([exchange.isGone, signal.aborted]).toEqual([false, false]);
  client.destroy();
  await once(signal, "abort");
  expect(exchange.isGone).toBe(true);
});

test("a signal asked for after the client has gone is aborted already", async () => {
  await using stage = await exchangeOf("GET / HTTP/1.1");
  const { exchange, client } = stage;
  client.destroy();
  await once(exchange.response, "close");
  expect([exchange.isGone, exchange.signal.aborted]).toEqual([true, true]);
});

test("a client that took its whole answer has not gone", async () => {
  await using stage = await exchangeOf("GET / HTTP/1.1");
  const { exchange, client } = stage;
  client.resume();
  exchange.response.end("answer");
  await once(exchange.response, "close");
  client.destroy();
  expect([exchange.isGone, exchange.signal.aborted]).toEqual([false, false]);
});
