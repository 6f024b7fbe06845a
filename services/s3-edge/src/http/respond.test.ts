import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { ByteBudget } from "../domain/byte-budget.ts";
import { Exchange } from "./exchange.ts";
import { sendAnswer } from "./respond.ts";

/** More than the kernel takes for a client that reads nothing. */
const body = Buffer.alloc(32 * 1024 ** 2, "x");

/** An answer on its way to a client that does not read yet. */
async function slowAnswer() {
  const budget = new ByteBudget(1_000);
  const sending = { idleMs: 60_000, hold: (bytes: number) => budget.hold(bytes) };
  const options = { hostId: "host", expectsContinue: false, isClosing: () => false };
  const begun = Promise.withResolvers<void>();
  const sent = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const sentIt = sendAnswer(new Exchange(request, response, options), { status: 200, body }, sending);
    begun.resolve();
    void sentIt.then(sent.resolve, sent.reject);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const client = connect(typeof address === "object" && address !== null ? address.port : 0, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await begun.promise;
  return { budget, client, sent: sent.promise, [Symbol.asyncDispose]: async () => void server.close() };
}

describe("an answer that its client does not take at once", () => {
  test("is in hand, and its bytes count, until the client has it", async () => {
    await using answer = await slowAnswer();
    const { budget, client, sent } = answer;
    expect(budget.used).toBeGreaterThan(body.length / 2);
    client.resume();
    await sent;
    expect(budget.used).toBe(0);
    client.destroy();
  });

  test("is in hand no more when the client goes", async () => {
    await using answer = await slowAnswer();
    const { budget, client, sent } = answer;
    expect(budget.used).toBeGreaterThan(body.length / 2);
    client.destroy();
    await sent;
    expect(budget.used).toBe(0);
  });
});
