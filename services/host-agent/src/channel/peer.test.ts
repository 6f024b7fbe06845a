import { MessageChannel } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { StreamBroken, windowBytes } from "./byte-stream.ts";
import type { Message, Port } from "./messages.ts";
import { type Methods, Peer, PeerError } from "./peer.ts";
import { threadPort } from "./ports.ts";
import { discardBody, sendBody, type WireBody } from "./wire-body.ts";

const open: MessageChannel[] = [];
afterEach(() => {
  for (const { port1 } of open.splice(0)) port1.close();
});

/** Two ends over a real channel; `batches` are what the first one sent. */
function pair(theirs: Methods = {}, ours: Methods = {}) {
  const channel = new MessageChannel();
  open.push(channel);
  const batches: (readonly Message[])[] = [];
  const port = threadPort(channel.port1);
  const counted: Port = { ...port, post: (messages) => (batches.push(messages), port.post(messages)) };
  const here = new Peer(counted, { methods: ours });
  const there = new Peer(threadPort(channel.port2), { methods: theirs });
  return { here, there, batches };
}

test("a body that came too late tells its sender to stop", async () => {
  const { here, there } = pair({ head: (wire: WireBody) => discardBody(there, wire) });
  let isEnded = false;
  async function* endless() {
    try {
      for (;;) yield new Uint8Array(1_000);
    } finally {
      isEnded = true;
    }
  }
  const { wire, sent } = sendBody(here, endless());
  here.notify("head", wire);
  await sent;
  expect(isEnded).toBe(true);
});

describe("a call", () => {
  test("brings back what the method gave, bytes and big integers too", async () => {
    const { here } = pair({ double: ({ n }: { n: bigint }) => ({ n: n * 2n, bytes: new Uint8Array([1]) }) });
    expect(await here.call("double", { n: 2n ** 60n })).toEqual({ n: 2n ** 61n, bytes: new Uint8Array([1]) });
  });

  test("rejects with code and message of what the method threw", async () => {
    const { here } = pair({
      fail: async () => {
        throw Object.assign(new Error("no disk"), { code: "ENOSPC" });
      },
    });
    await expect(here.call("fail", {})).rejects.toMatchObject({ code: "ENOSPC", message: "no disk" });
    await expect(here.call("unknown", {})).rejects.toThrow("there is no unknown");
  });

  test("that is given up rejects at once and aborts the method's signal", async () => {
    const aborted = Promise.withResolvers<void>();
    const { here } = pair({
      wait: async (_: unknown, { signal }) => {
        signal.addEventListener("abort", () => aborted.resolve());
        await aborted.promise;
      },
    });
    const caller = new AbortController();
    const call = here.call("wait", {}, { signal: caller.signal });
    setImmediate(() => caller.abort());
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    await aborted.promise;
  });

  test("carries the caller's trace", async () => {
    const { here } = pair({ trace: (_: unknown, { traceparent }) => traceparent });
    expect(await here.call("trace", {}, { traceparent: "00-1-2-01" })).toBe("00-1-2-01");
  });

  test("goes in one message with the others of its tick", async () => {
    const { here, batches } = pair({ echo: (input: unknown) => input });
    await Promise.all([1, 2, 3].map((n) => here.call("echo", n)));
    expect(batches).toHaveLength(1);
    expect(batches[0]).toHaveLength(3);
  });

  test("rejects when the other end is gone, before and after", async () => {
    const { here } = pair({ wait: () => new Promise(() => {}) });
    const call = here.call("wait", {});
    here.end("the worker ended");
    await expect(call).rejects.toEqual(new PeerError("gone", "the worker ended"));
    await expect(here.call("wait", {})).rejects.toMatchObject({ code: "gone" });
  });
});

/** Reads a whole stream at the other end of a pair. */
function readerPair() {
  const read = Promise.withResolvers<{ sizes: number[]; trailers?: unknown; error?: unknown }>();
  const gate = Promise.withResolvers<void>();
  const sizes: number[] = [];
  const { here, there } = pair({
    body: async ({ stream }: { stream: number }) => {
      const receiver = there.receiver(stream);
      await gate.promise;
      try {
        let piece = await receiver.read();
        for (; "bytes" in piece; piece = await receiver.read()) sizes.push(piece.bytes.length);
        read.resolve({ sizes, trailers: piece.trailers });
      } catch (error) {
        read.resolve({ sizes, error });
      }
    },
  });
  const sender = here.sender();
  void here.call("body", { stream: sender.id }).catch(() => undefined);
  return { here, there, sender, read: read.promise, beginReading: gate.resolve };
}

describe("a stream", () => {
  test("carries bytes in order, and trailers at its end", async () => {
    const { sender, read, beginReading } = readerPair();
    for (const size of [1, 2, 3]) sender.write(new Uint8Array(size));
    sender.end({ checksum: "x" });
    beginReading();
    expect(await read).toEqual({ sizes: [1, 2, 3], trailers: { checksum: "x" } });
  });

  test("holds its sender back when nobody reads, and lets it go on when somebody does", async () => {
    const { sender, read, beginReading } = readerPair();
    sender.write(new Uint8Array(windowBytes));
    let isReady = false;
    const ready = sender.ready().then(() => (isReady = true));
    await new Promise((wake) => setTimeout(wake, 20));
    expect(isReady).toBe(false);
    beginReading();
    await ready;
    sender.end();
    expect((await read).sizes).toEqual([windowBytes]);
  });

  test("that its sender aborts is broken for the reader, after what was sent", async () => {
    const { sender, read, beginReading } = readerPair();
    sender.write(new Uint8Array(5));
    sender.abort("the disk is full");
    beginReading();
    expect(await read).toEqual({ sizes: [5], error: new StreamBroken("the disk is full") });
  });

  test("that its reader leaves tells the sender", async () => {
    const left = Promise.withResolvers<void>();
    const { here, there } = pair({
      body: async ({ stream }: { stream: number }) => {
        for await (const bytes of there.receiver(stream)) if (bytes.length > 0) break;
        left.resolve();
      },
    });
    const sender = here.sender();
    void here.call("body", { stream: sender.id });
    sender.write(new Uint8Array(windowBytes));
    await left.promise;
    await sender.closed;
    expect(() => sender.write(new Uint8Array(1))).toThrow(StreamBroken);
    await expect(sender.ready()).rejects.toThrow(StreamBroken);
  });

  test("can be asked for after its end, once", async () => {
    const named = Promise.withResolvers<number>();
    const { here, there } = pair({ body: ({ stream }: { stream: number }) => named.resolve(stream) });
    const sender = here.sender();
    here.notify("body", { stream: sender.id });
    sender.write(new Uint8Array([7]));
    sender.end();
    const stream = await named.promise;
    await new Promise((wake) => setTimeout(wake, 20));
    expect(await Array.fromAsync(there.receiver(stream))).toEqual([new Uint8Array([7])]);
    await expect(there.receiver(stream).read()).rejects.toThrow("no such stream");
  });

  test("breaks at both ends when the other end is gone", async () => {
    const { here, there, sender, read, beginReading } = readerPair();
    sender.write(new Uint8Array(windowBytes));
    const blocked = sender.ready();
    await new Promise((wake) => setTimeout(wake, 20));
    beginReading();
    there.end("gone");
    here.end("gone");
    await expect(blocked).rejects.toThrow(StreamBroken);
    expect((await read).error).toBeInstanceOf(StreamBroken);
  });
});
