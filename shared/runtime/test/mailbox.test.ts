/** Requests on one connection, and what its owner may believe when there is no answer. */
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { startNats, type TestNats, waitFor } from "@holdfast/testkit";
import { headers, type Msg, type NatsConnection } from "@nats-io/nats-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HeaderBlock, headerLine, headerText, headerValue, mailboxOf, statusOf, Unanswered } from "../src/index.ts";

let nats: TestNats;
let nc: NatsConnection;
beforeAll(async () => {
  nats = await startNats({
    extraConfig: `authorization { users = [
      { user: all, password: p }
      { user: mute, password: p, permissions: { publish: "allowed", subscribe: ">" } }
      { user: deaf, password: p, permissions: { publish: ">", subscribe: "nothing" } }
    ] }`,
  });
});
const connectAs = (user: string) => nats.connect({ user, pass: "p" });
beforeEach(async () => {
  nc = await connectAs("all");
});
afterEach(() => nc.close());
afterAll(() => nats.stop());

const request = (connection: NatsConnection, subject: string, options = {}) =>
  mailboxOf(connection).request(subject, "", { timeoutMs: 5_000, ...options });
const text = (message: Msg) => Buffer.from(message.data).toString();

/** Why there was no answer. */
async function reasonOf(asked: Promise<unknown>): Promise<string> {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Unanswered)) throw new Error(`answered, or something else: ${String(error)}`);
  return error.reason;
}

/** A service that answers nothing, and tells of the first message. */
async function silent(): Promise<{ subject: string; reached: Promise<void> }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  nc.subscribe("silent", { callback: () => resolve() });
  await nc.flush();
  return { subject: "silent", reached: promise };
}

describe("a request", () => {
  test("brings each of many callers its own answer", async () => {
    nc.subscribe("echo", { callback: (_error, message) => void message.respond(message.data) });
    const ask = (i: number) => mailboxOf(nc).request("echo", String(i)).then(text);
    const asked = Array.from({ length: 500 }, (_, i) => i);
    expect(await Promise.all(asked.map(ask))).toEqual(asked.map(String));
  });

  test("that may be repeated is asked again until it is answered, and then no more", async () => {
    let seen = 0;
    const answerer = { callback: (_error: Error | null, message: Msg) => void (++seen > 2 && message.respond("now")) };
    nc.subscribe("hears", answerer);
    expect(text(await request(nc, "hears", { repeatMs: 50 }))).toBe("now");
    const { subject } = await silent();
    let asked = 0;
    nc.subscribe(subject, { callback: () => void asked++ });
    expect(await reasonOf(request(nc, subject, { repeatMs: 50, timeoutMs: 400 }))).toBe("timeout");
    const untilThen = asked;
    expect(untilThen).toBeGreaterThanOrEqual(3);
    await request(nc, "hears", { repeatMs: 50 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(asked).toBe(untilThen);
  });

  test("has no responders where nobody listens", async () => {
    expect(await reasonOf(request(nc, "nobody"))).toBe("no responders");
  });

  test("is not waited for any longer than it was to be, nor shorter", async () => {
    const { subject } = await silent();
    const began = performance.now();
    expect(await reasonOf(request(nc, subject, { timeoutMs: 100 }))).toBe("timeout");
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThanOrEqual(100);
    expect(tookMs).toBeLessThan(1_000);
  });

  test("ends with its caller's signal, before and after it was sent", async () => {
    const { subject } = await silent();
    const caller = new AbortController();
    const asked = reasonOf(request(nc, subject, { signal: caller.signal }));
    caller.abort();
    expect(await asked).toBe("aborted");
    expect(await reasonOf(request(nc, subject, { signal: caller.signal }))).toBe("aborted");
  });

  test("is lost when the connection closes under way, and is not sent after that", async () => {
    const { subject, reached } = await silent();
    const other = await connectAs("all");
    const asked = reasonOf(request(other, subject));
    await reached;
    await other.close();
    expect(await asked).toBe("connection lost");
    expect(await reasonOf(request(other, subject))).toBe("not sent");
  });

  test("is not sent while the connection drains", async () => {
    const other = await connectAs("all");
    mailboxOf(other);
    const drained = other.drain();
    expect(await reasonOf(request(other, "anything"))).toBe("not sent");
    await drained;
  });

  test("is not sent when it is the first one of a connection that is closed", async () => {
    const other = await connectAs("all");
    await other.close();
    expect(await reasonOf(request(other, "anything"))).toBe("not sent");
  });

  test("is not sent when it is larger than the server takes", async () => {
    const tooLarge = new Uint8Array((nc.info?.max_payload ?? 0) + 1);
    expect(await reasonOf(mailboxOf(nc).request("anything", tooLarge))).toBe("not sent");
  });

  test("is told at once that our user may not publish there, and others are not", async () => {
    nc.subscribe("allowed", { callback: (_error, message) => void setTimeout(() => message.respond("yes"), 200) });
    await nc.flush();
    const mute = await connectAs("mute");
    const allowed = request(mute, "allowed").then(text);
    expect(await reasonOf(request(mute, "forbidden"))).toBe("not allowed");
    expect(await allowed).toBe("yes");
    await mute.close();
  });

  test("is told at once that our user may not receive answers", async () => {
    const { subject } = await silent();
    const deaf = await connectAs("deaf");
    expect(await reasonOf(request(deaf, subject))).toBe("not allowed");
    expect(await reasonOf(request(deaf, subject))).toBe("not allowed");
    await deaf.close();
  });
});

describe("when the connection breaks and comes back", () => {
  /** A way to the server that can be cut. */
  async function bridge() {
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connectTcp(nats.port, "127.0.0.1");
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on("error", () => socket.destroy());
      }
      near.pipe(far).pipe(near);
    }).listen(0, "127.0.0.1");
    await waitFor(() => server.listening);
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    return {
      url: `nats://127.0.0.1:${port}`,
      cut: () => sockets.forEach((socket) => socket.destroy()),
      close: () => server.close(),
    };
  }

  test("what was sent is lost, what is asked meanwhile is sent later, what is too late then never", async () => {
    const seen: string[] = [];
    nc.subscribe("slow", { callback: () => undefined });
    nc.subscribe("echo", {
      callback: (_error, message) => {
        seen.push(text(message));
        message.respond(message.data);
      },
    });
    await nc.flush();
    const way = await bridge();
    const servers = { servers: way.url, reconnectTimeWait: 400, reconnectJitter: 0 };
    const other = await nats.connect({ user: "all", pass: "p", ...servers });
    const mailbox = mailboxOf(other);
    const sent = reasonOf(mailbox.request("slow", ""));
    await other.flush();
    way.cut();
    expect(await sent).toBe("connection lost");
    const late = reasonOf(mailbox.request("echo", "late", { timeoutMs: 50 }));
    const meanwhile = mailbox.request("echo", "meanwhile").then(text);
    expect(await late).toBe("timeout");
    expect(await meanwhile).toBe("meanwhile");
    expect(seen).toEqual(["meanwhile"]);
    await other.close();
    way.close();
  });
});

describe("headers", () => {
  /** The message as it arrives, with its headers as the client library reads them. */
  async function published(given: HeaderBlock | ReturnType<typeof headers>): Promise<Msg> {
    const received = nc.subscribe("headers", { max: 1 });
    nc.publish("headers", "body", { headers: given });
    for await (const message of received) return message;
    throw new Error("nothing came");
  }

  test("written as one block are those that the client library would have written", async () => {
    const block = new HeaderBlock();
    block.set("Holdfast-Input", '{"key":"Эмма 📚"}');
    block.set("traceparent", "00-1-2-01");
    const message = await published(block);
    expect(text(message)).toBe("body");
    const read = message.headers;
    expect(read?.keys()).toEqual(["Holdfast-Input", "traceparent"]);
    expect(read?.get("Holdfast-Input")).toBe('{"key":"Эмма 📚"}');
    expect(read?.get("traceparent")).toBe("00-1-2-01");
  });

  test("cannot be made to hold another line", () => {
    const block = new HeaderBlock();
    for (const value of ["a\r\nb: c", "a\nb: c", "a\rb"]) expect(() => block.set("A", value)).toThrow(TypeError);
    for (const name of ["", "a b", "a:", "a\r\nb", "é"]) expect(() => block.set(name, "v")).toThrow(TypeError);
    expect(Buffer.from(block.encode()).toString()).toBe("NATS/1.0\r\n\r\n");
  });

  test("are read without being decoded by the client library, as it would read them", async () => {
    const given = headers();
    given.append("A", "  first ");
    given.append("A", "second");
    given.append("Ab", "a: b");
    given.append("Empty", "");
    const message = await published(given);
    const lines = headerText(message);
    // Its own, lazily decoded: when this fails, a new release keeps a message differently and reading became slow, not wrong.
    expect(message).toHaveProperty("_headers", undefined);
    for (const name of ["A", "Ab", "Empty", "a", "B"]) {
      expect(headerValue(lines, headerLine(name))).toBe(message.headers?.get(name));
    }
    expect(headerText({ headers: given })).toContain("\r\nA: first\r\nA: second\r\n");
  });

  test.for([
    ["NATS/1.0 503\r\n\r\n", 503],
    ["NATS/1.0 404 Message Not Found\r\n\r\n", 404],
    ["NATS/1.0\r\nA: 1\r\n\r\n", 0],
    ["NATS/1.0\r\n100: 1\r\n\r\n", 0],
    ["", 0],
  ] as const)("%j have the status %i", ([block, status]) => expect(statusOf(block)).toBe(status));
});
