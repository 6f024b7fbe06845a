import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { readBody } from "./read-body.ts";

type Upload = AsyncDisposable & { readonly request: IncomingMessage; readonly client: Socket };

/** A request on a real socket, of which the headers have arrived. */
async function uploadOf(length: number): Promise<Upload> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.on("error", () => undefined);
  client.write(`PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
  const [request] = (await once(server, "request")) as [IncomingMessage];
  return {
    request,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const collector = () => {
  const pieces: Uint8Array[] = [];
  return { pieces, sink: (bytes: Uint8Array) => void pieces.push(bytes), whole: () => Buffer.concat(pieces) };
};

describe("readBody", () => {
  test("gives all bytes in order", async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
    await using upload = await uploadOf(bytes.length);
    upload.client.write(bytes);
    const { sink, whole } = collector();
    await readBody(upload.request, 5_000, sink);
    expect(whole().equals(bytes)).toBe(true);
  });

  test("gives nothing more, and stops the socket, while the sink has no room; the clock stands still meanwhile", async () => {
    const length = 16 * 1024 * 1024;
    await using upload = await uploadOf(length);
    upload.client.write(Buffer.alloc(length));
    const room = Promise.withResolvers<void>();
    const full = Promise.withResolvers<void>();
    let given = 0;
    let isFull = false;
    const reading = readBody(upload.request, 300, (bytes) => {
      given += bytes.length;
      if (isFull || given < 1024 * 1024) return undefined;
      isFull = true;
      full.resolve();
      return room.promise;
    });
    await full.promise;
    const before = given;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(given).toBe(before);
    // what Node itself holds, and no more: the rest is in the kernel or still with the client
    expect(upload.request.socket.bytesRead - given).toBeLessThan(512 * 1024);
    room.resolve();
    await reading;
    expect(given).toBe(length);
  });

  test("rejects with RequestTimeout when the client falls silent", async () => {
    await using upload = await uploadOf(10);
    upload.client.write("hello");
    const { sink, whole } = collector();
    await expect(readBody(upload.request, 50, sink)).rejects.toMatchObject({ code: "RequestTimeout" });
    expect(whole().toString()).toBe("hello");
  });

  test("rejects with IncompleteBody when the client leaves, also while the sink has no room", async () => {
    await using upload = await uploadOf(10);
    upload.client.write("hello");
    const reading = readBody(upload.request, 5_000, () => new Promise(() => undefined));
    setTimeout(() => upload.client.destroy(), 20);
    await expect(reading).rejects.toMatchObject({ code: "IncompleteBody" });
    await expect(readBody(upload.request, 5_000, () => undefined)).rejects.toMatchObject({ code: "IncompleteBody" });
  });

  test.for([
    [
      "throws",
      () => {
        throw new Error("enough");
      },
    ],
    ["rejects", () => Promise.reject(new Error("enough"))],
  ] as const)("rejects when the sink %s, and leaves the socket open with the rest of the body", async ([, sink]) => {
    await using upload = await uploadOf(10);
    upload.client.write("hello");
    await expect(readBody(upload.request, 5_000, sink)).rejects.toThrow("enough");
    expect(upload.request.destroyed).toBe(false);
    upload.client.write("world");
    const { sink: rest, whole } = collector();
    await readBody(upload.request, 5_000, rest);
    expect(whole().toString()).toBe("world");
  });

  test("has nothing to give of an empty body", async () => {
    await using upload = await uploadOf(0);
    const { sink, pieces } = collector();
    await readBody(upload.request, 5_000, sink);
    expect(pieces).toEqual([]);
  });
});
