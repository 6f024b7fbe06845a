/** Bytes of every size through a real server, plain and over TLS, in order, and across reconnections. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { selfSigned, startNats, temporaryFolder, type TestNats, waitFor } from "@holdfast/testkit";
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import { MsgHdrsImpl } from "@nats-io/nats-core/internal";
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, publishPieces } from "../src/index.ts";

const kib = 1024;
const maxPayload = 4 * 1024 * kib;
const limits = `max_payload: ${maxPayload}`;

/** Everything that arrives on a subject, in order. */
async function collector(nc: NatsConnection, subject: string): Promise<Msg[]> {
  const messages: Msg[] = [];
  nc.subscribe(subject, { callback: (error, message) => void (error === null && messages.push(message)) });
  await nc.flush();
  return messages;
}

const inPieces = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());

async function tlsServer(): Promise<{ nats: TestNats; options: NodeConnectionOptions }> {
  const { key, certificate } = selfSigned();
  const [certFile, keyFile] = [join(folder.path, "certificate.pem"), join(folder.path, "key.pem")];
  await Promise.all([writeFile(certFile, certificate), writeFile(keyFile, key)]);
  const nats = await startNats({ config: `${limits}\ntls { cert_file: "${certFile}", key_file: "${keyFile}" }` });
  return { nats, options: { servers: `tls://localhost:${nats.port}`, tls: { ca: certificate } } };
}

async function plainServer(): Promise<{ nats: TestNats; options: NodeConnectionOptions }> {
  const nats = await startNats({ config: limits });
  return { nats, options: { servers: nats.url } };
}

describe.for([
  ["plain", plainServer],
  ["TLS", tlsServer],
] as const)("a connection (%s)", ([, start]) => {
  let nats: TestNats;
  let nc: NatsConnection;
  beforeAll(async () => {
    const server = await start();
    ({ nats } = server);
    nc = await connect({ ...server.options, reconnectTimeWait: 50 });
  });
  afterAll(async () => {
    await nc.close();
    await nats.stop();
  });

  test("carries payloads of every size, in one buffer and in pieces, in the order they were published", async () => {
    const got = await collector(nc, "sizes.>");
    const sizes = [0, 1, 100, 4095, 4096, 32 * kib, 64 * kib - 1, 64 * kib, 256 * kib + 1, 1024 * kib, maxPayload];
    const sent = sizes.flatMap((size) => {
      const bytes = randomBytes(size);
      nc.publish(`sizes.one.${size}`, bytes, { reply: "r" });
      publishPieces(nc, `sizes.pieces.${size}`, inPieces(bytes, 65_536), { reply: "r" });
      return [
        { subject: `sizes.one.${size}`, bytes },
        { subject: `sizes.pieces.${size}`, bytes },
      ];
    });
    await nc.flush();
    expect(got.map(({ subject }) => subject)).toEqual(sent.map(({ subject }) => subject));
    expect(got.every(({ data }, i) => sent[i]?.bytes.equals(data))).toBe(true);
  });

  test("carries headers beside pieces", async () => {
    const got = await collector(nc, "with-headers");
    const carried = new MsgHdrsImpl();
    carried.set("A", "b");
    publishPieces(nc, "with-headers", [Buffer.from("x"), Buffer.from("yz")], { reply: "r", headers: carried });
    await nc.flush();
    expect(got.map((message) => [message.headers?.get("A"), message.string(), message.reply])).toEqual([
      ["b", "xyz", "r"],
    ]);
  });

  test("puts a subscription before the pieces that are published behind it in the same turn", async () => {
    const got: string[] = [];
    nc.subscribe("behind", { callback: (_error, message) => void got.push(message.string()) });
    publishPieces(nc, "behind", [Buffer.alloc(100 * kib, "a")], { reply: "r" });
    await nc.flush();
    expect(got).toEqual(["a".repeat(100 * kib)]);
  });

  test("refuses more than the server takes, before a byte is sent", async () => {
    const tooMuch = [Buffer.alloc(maxPayload), Buffer.alloc(1)];
    expect(() => publishPieces(nc, "too.much", tooMuch, { reply: "r" })).toThrow("max_payload");
    await nc.flush();
  });

  test("counts what was published", async () => {
    const before = nc.stats();
    publishPieces(nc, "counted", [Buffer.alloc(10), Buffer.alloc(5)], { reply: "r" });
    expect(nc.stats()).toMatchObject({ outBytes: before.outBytes + 15, outMsgs: before.outMsgs + 1 });
  });

  test("keeps what a subscriber holds while more arrives", async () => {
    const got = await collector(nc, "held");
    const sent = Array.from({ length: 200 }, (_, i) => randomBytes(1 + ((i * 977) % 9_000)));
    for (const bytes of sent) nc.publish("held", bytes);
    await nc.flush();
    for (let i = 0; i < 50; i++) nc.publish("held.other", randomBytes(50 * kib));
    await nc.flush();
    expect(got.every(({ data }, i) => sent[i]?.equals(data))).toBe(true);
    expect(got).toHaveLength(sent.length);
  });

  test("comes back after the server was killed in the middle of a large publish", async () => {
    const got = await collector(nc, "again");
    publishPieces(nc, "again.lost", inPieces(randomBytes(maxPayload), 65_536), { reply: "r" });
    await nats.kill();
    await nats.restart();
    const bytes = randomBytes(300 * kib);
    await waitFor(async () => {
      publishPieces(nc, "again", inPieces(bytes, 1_000), { reply: "r" });
      await nc.flush().catch(() => undefined);
      return got.length > 0;
    });
    expect(got[0] && bytes.equals(got[0].data)).toBe(true);
  });
});

describe("a connection that was closed", () => {
  test("says so", async () => {
    await using nats = await startNats();
    const nc = await connect({ servers: nats.url });
    await nc.close();
    expect(() => publishPieces(nc, "a", [Buffer.from("x")], { reply: "r" })).toThrow("closed");
  });

  test("has sent what was published before", async () => {
    await using nats = await startNats();
    const observer = await nats.connect();
    const got = await collector(observer, "last");
    const nc = await connect({ servers: nats.url });
    for (let i = 0; i < 100; i++) nc.publish("last", String(i));
    publishPieces(nc, "last", [Buffer.from("10"), Buffer.from("0")], { reply: "r" });
    await nc.drain();
    await observer.flush();
    expect(got.map((message) => message.string())).toEqual(Array.from({ length: 101 }, (_, i) => String(i)));
  });
});
