import { describe, expect, test } from "vitest";
import { bytes, payloadOf, text } from "../testing.ts";
import { HttpFailure, HttpIoError, httpErrorCode } from "./error-code.ts";
import type { IncomingRequest } from "./incoming-message.ts";
import { IoError } from "../io/io-error.ts";
import { begin, collect, guest, instanceOf, newFields, turn } from "./testing.ts";

const { IncomingBody, OutgoingBody, OutgoingResponse, ResponseOutparam } = guest;

/** Calls a guest that answers nothing but looks at its request. */
function seen<T>(look: (request: IncomingRequest) => T, request: object): T {
  let result: { value: T } | undefined;
  const { request: call } = instanceOf((incoming, out) => {
    result = { value: look(incoming) };
    ResponseOutparam.set(out, { tag: "ok", val: new OutgoingResponse(newFields()) });
  });
  void call(request);
  if (result === undefined) throw new Error("the guest was not called");
  return result.value;
}

async function* chunks(...list: string[]) {
  for (const each of list) {
    await turn();
    yield bytes(each);
  }
}

describe("a guest that is called without being waited for", () => {
  test("and traps after its answer has answered, and is of no more use", async () => {
    const { request } = instanceOf((_incoming, out) => {
      const { body, stream } = begin(out);
      stream.write(bytes("all of it"));
      OutgoingBody.finish(body, undefined);
      throw new Error("unreachable");
    });
    const { status, body, done } = await request();
    expect([status, await collect(body)]).toEqual([200, "all of it"]);
    await expect(done).rejects.toThrow("unreachable");
  });

  test("and traps in the middle of its answer breaks that off", async () => {
    const { request } = instanceOf((_incoming, out) => {
      begin(out).stream.write(bytes("half"));
      throw new Error("unreachable");
    });
    const { body, done } = await request();
    await expect(collect(body)).rejects.toThrow(new HttpFailure({ tag: "connection-terminated" }));
    await expect(done).rejects.toThrow("unreachable");
  });

  test("and traps before it answered fails with what it threw", () => {
    const problem = new Error("unreachable");
    const { request } = instanceOf(() => {
      throw problem;
    });
    expect(() => request()).toThrow(problem);
  });
});

test.for([false, true])(
  "an answer whose body a guest left unfinished breaks off when it returns (later: %o)",
  async (later) => {
    const { request } = instanceOf((_incoming, out) => {
      begin(out).stream.write(bytes("half"));
      return later ? turn() : undefined;
    });
    const { body } = await request();
    await expect(collect(body)).rejects.toThrow(new HttpFailure({ tag: "connection-terminated" }));
  },
);

describe("a request to a guest", () => {
  test("has its method, path, scheme, authority and headers", () => {
    const request = {
      method: "PUT",
      pathWithQuery: "/a?b=c",
      scheme: "HTTPS",
      authority: "example.com",
      headers: ["Host", "example.com", "X-One", "1"],
    };
    const parts = seen(
      (r) => [r.method(), r.pathWithQuery(), r.scheme(), r.authority(), r.headers().get("x-one").map(text)],
      request,
    );
    expect(parts).toEqual([{ tag: "put" }, "/a?b=c", { tag: "HTTPS" }, "example.com", ["1"]]);
    expect(seen((r) => r.headers().has("host"), request)).toBe(false);
    expect(seen((r) => r.method(), { method: "PROPFIND" })).toEqual({ tag: "other", val: "PROPFIND" });
  });

  test("gives its body once, and closed at its end", () => {
    seen(
      (request) => {
        const body = request.consume();
        expect(payloadOf(() => request.consume())).toBeUndefined();
        const stream = body.stream();
        expect(payloadOf(() => body.stream())).toBeUndefined();
        expect(text(stream.read(100n))).toBe("hello");
        expect(payloadOf(() => stream.read(1n))).toEqual({ tag: "closed" });
        expect(IncomingBody.finish(body).get()).toEqual({ tag: "ok", val: { tag: "ok", val: undefined } });
      },
      { body: bytes("hello") },
    );
    expect(seen((request) => payloadOf(() => request.consume().stream().read(1n)), {})).toEqual({ tag: "closed" });
  });

  test("streams its body as it comes, with trailers behind it", async () => {
    const { request } = instanceOf(async (incoming, out) => {
      const body = incoming.consume();
      const stream = body.stream();
      const got = [text(await stream.blockingRead(100n)), text(await stream.blockingRead(100n))];
      stream[Symbol.dispose]();
      // one chunk was not read: it is read for the guest, as the trailers come behind it
      const trailers = IncomingBody.finish(body);
      expect(trailers.get()).toBeUndefined();
      await trailers.subscribe().block();
      const outcome = trailers.get();
      const fields = outcome?.tag === "ok" ? outcome.val.val : undefined;
      got.push(text(fields?.get("x-sum")[0] ?? bytes("")));
      expect(trailers.get()).toEqual({ tag: "err" });
      const answer = begin(out);
      answer.stream.write(bytes(got.join(" ")));
      OutgoingBody.finish(answer.body, undefined);
    });
    const body = chunks("one", "two", "three");
    const response = await request({ body, trailers: () => ["X-Sum", "6"] });
    expect(await collect(response.body)).toBe("one two 6");
  });

  test("ends the body for its sender when the guest stops reading", async () => {
    let ended = false;
    async function* endless() {
      try {
        for (;;) {
          await turn();
          yield new Uint8Array(50_000);
        }
      } finally {
        ended = true;
      }
    }
    const { request } = instanceOf(async (incoming, out) => {
      const body = incoming.consume();
      await body.stream().blockingRead(10n);
      body[Symbol.dispose]();
      ResponseOutparam.set(out, { tag: "ok", val: new OutgoingResponse(newFields()) });
    });
    await request({ body: endless() });
    for (let i = 0; i < 5; i++) await turn();
    expect(ended).toBe(true);
  });

  test("tells the guest why its body broke off", async () => {
    async function* broken() {
      yield bytes("half");
      await turn();
      throw new HttpFailure({ tag: "connection-terminated" });
    }
    let failure: unknown;
    const { request } = instanceOf(async (incoming, out) => {
      const stream = incoming.consume().stream();
      await stream.blockingRead(10n);
      failure = await Promise.resolve(stream.blockingRead(10n)).catch((error: unknown) => error);
      ResponseOutparam.set(out, { tag: "ok", val: new OutgoingResponse(newFields()) });
    });
    await request({ body: broken() });
    expect(failure).toMatchObject({ payload: { tag: "last-operation-failed", val: expect.any(HttpIoError) } });
    expect(httpErrorCode(new HttpIoError({ tag: "connection-terminated" }))).toEqual({ tag: "connection-terminated" });
    expect(httpErrorCode(new IoError("of a file"))).toBeUndefined();
  });
});

describe("a guest's answer", () => {
  test("comes at once and whole when the guest waited for nothing", async () => {
    const { request } = instanceOf((_, out) => {
      const fields = newFields();
      fields.append("Content-Type", bytes("text/plain"));
      const response = new OutgoingResponse(fields);
      response.setStatusCode(201);
      expect(response.statusCode()).toBe(201);
      const body = response.body();
      expect(payloadOf(() => response.body())).toBeUndefined();
      expect(payloadOf(() => response.headers().append("x", bytes("y")))).toEqual({ tag: "immutable" });
      ResponseOutparam.set(out, { tag: "ok", val: response });
      const stream = body.write();
      expect(payloadOf(() => body.write())).toBeUndefined();
      stream.write(bytes("hello "));
      void stream.blockingWriteAndFlush(bytes("world"));
      const trailers = newFields();
      trailers.append("x-sum", bytes("1"));
      OutgoingBody.finish(body, trailers);
      expect(payloadOf(() => stream.write(bytes("more")))).toEqual({ tag: "closed" });
    });
    const response = request();
    if (response instanceof Promise) throw new Error("the answer came late");
    expect(response).toMatchObject({ status: 201, headers: ["content-type", "text/plain"] });
    expect(response.body).toBeInstanceOf(Uint8Array);
    expect(await collect(response.body)).toBe("hello world");
    expect(response.trailers()).toEqual(["x-sum", "1"]);
    expect(response.done).toBeUndefined();
  });

  test("streams while the guest writes, no faster than it is read, and says when the guest is done", async () => {
    let written = 0;
    const { request } = instanceOf(async (_, out) => {
      const { body, stream } = begin(out);
      for (let i = 0; i < 10; i++, written++) await stream.blockingWriteAndFlush(new Uint8Array(40_000).fill(97));
      OutgoingBody.finish(body, undefined);
    });
    const response = await request();
    for (let i = 0; i < 5; i++) await turn();
    expect(written).toBeLessThan(3);
    expect(await collect(response.body)).toBe("a".repeat(400_000));
    await response.done;
    expect(written).toBe(10);
  });

  test("lets the guest write no further when the client went away before it read anything", async () => {
    let ended: unknown;
    const { request } = instanceOf(async (_, out) => {
      const { stream } = begin(out);
      ended = await Promise.resolve(stream.blockingWriteAndFlush(new Uint8Array(200_000))).catch((e: unknown) => e);
    });
    const response = await request();
    if (response.body instanceof Uint8Array) throw new Error("the body is whole");
    await response.body[Symbol.asyncIterator]().return?.();
    await response.done;
    expect(ended).toMatchObject({ payload: { tag: "closed" } });
  });

  test("breaks off when the guest drops its body unfinished, or traps", async () => {
    const dropped = instanceOf((_, out) => {
      const { body, stream } = begin(out);
      stream.write(bytes("half"));
      body[Symbol.dispose]();
    });
    const response = await dropped.request();
    await expect(collect(response.body)).rejects.toMatchObject({ code: { tag: "connection-terminated" } });

    const trapped = instanceOf(async (_, out) => {
      begin(out).stream.write(bytes("half"));
      await turn();
      throw new Error("unreachable");
    });
    const begun = await trapped.request();
    await expect(collect(begun.body)).rejects.toMatchObject({ code: { tag: "connection-terminated" } });
    await expect(begun.done).rejects.toThrow("unreachable");
  });

  test("is held to its Content-Length", async () => {
    const fields = () => {
      const made = newFields();
      made.append("content-length", bytes("5"));
      return made;
    };
    const results: unknown[] = [];
    const { request } = instanceOf((_, out) => {
      const long = begin(out, fields());
      results.push(payloadOf(() => long.stream.write(bytes("too long"))));
    });
    const response = await request();
    await expect(collect(response.body)).rejects.toMatchObject({ code: { tag: "HTTP-response-body-size", val: 8n } });
    expect(results[0]).toMatchObject({ tag: "last-operation-failed" });

    const short = instanceOf((_, out) => {
      const { body, stream } = begin(out, fields());
      stream.write(bytes("abc"));
      results.push(payloadOf(() => OutgoingBody.finish(body, undefined)));
    });
    await expect(collect((await short.request()).body)).rejects.toThrow("HTTP-response-body-size");
    expect(results[1]).toEqual({ tag: "HTTP-response-body-size", val: 3n });

    const head = instanceOf((_, out) => OutgoingBody.finish(begin(out, fields()).body, undefined));
    expect(await head.request({ method: "HEAD" })).toMatchObject({ headers: ["content-length", "5"] });
  });

  test("is a failure when there is none, or when it is an error code", async () => {
    expect(() => instanceOf(() => undefined).request()).toThrow("HTTP-response-incomplete");
    await expect(instanceOf(async () => turn()).request()).rejects.toThrow("HTTP-response-incomplete");
    const { request } = instanceOf((_, out) =>
      ResponseOutparam.set(out, { tag: "err", val: { tag: "internal-error", val: "out of luck" } }),
    );
    expect(() => request()).toThrow(
      expect.objectContaining({ name: "HttpFailure", message: "internal-error: out of luck" }),
    );
    await expect(instanceOf(() => Promise.reject(new Error("boom"))).request()).rejects.toThrow("boom");
  });

  test.for([
    ["Content-Length", ["5", "6"], "HTTP-protocol-error"],
    ["Content-Length", ["5, 5"], "HTTP-protocol-error"],
    ["X-Long", ["a".repeat(70_000)], "HTTP-response-header-section-size"],
  ] as const)("is a failure when nobody would understand it: %s", ([name, values, tag]) => {
    const fields = newFields();
    for (const value of values) fields.append(name, bytes(value));
    const response = new OutgoingResponse(fields);
    const { request } = instanceOf((_, out) => ResponseOutparam.set(out, { tag: "ok", val: response }));
    expect(() => request()).toThrow(
      expect.objectContaining({ name: "HttpFailure", code: expect.objectContaining({ tag }) }),
    );
  });

  test("is a failure when it is an informational one; and a length that is none has no body", () => {
    const response = new OutgoingResponse(newFields());
    response.setStatusCode(103);
    const { request } = instanceOf((_, out) => ResponseOutparam.set(out, { tag: "ok", val: response }));
    expect(() => request()).toThrow("HTTP-protocol-error");
    const fields = newFields();
    fields.append("content-length", bytes("-1"));
    expect(payloadOf(() => new OutgoingResponse(fields).body())).toBeUndefined();
  });

  test("refuses a status that is none, and informational responses by name", () => {
    const response = new OutgoingResponse(newFields());
    expect(payloadOf(() => response.setStatusCode(99))).toBeUndefined();
    expect(payloadOf(() => response.setStatusCode(1000))).toBeUndefined();
    const out = new ResponseOutparam(() => undefined);
    expect(payloadOf(() => out.sendInformational(103))).toMatchObject({
      tag: "internal-error",
      val: expect.stringContaining("informational"),
    });
  });

  test("is asked only of a component that is an HTTP handler", () => {
    const { wasi } = instanceOf(() => undefined);
    expect(() => wasi.handleIncoming({}, { method: "GET", headers: [] })).toThrow(
      "exports no wasi:http/incoming-handler",
    );
  });

  test("does not let a guest hoard bodies, and the next call begins with none", () => {
    const { request, wasi } = instanceOf((_, out) => {
      for (let i = 0; i < 60; i++) new OutgoingResponse(new (Reflect.get(types(), "Fields"))()).body();
      ResponseOutparam.set(out, { tag: "ok", val: new OutgoingResponse(newFields()) });
    });
    const types = () => wasi.imports["wasi:http/types@0.2.12"] ?? {};
    for (let i = 0; i < 3; i++) {
      expect(request()).toMatchObject({ status: 200 });
      wasi.reset();
    }
    void request();
    expect(() => request()).toThrow("bytes of HTTP fields and bodies at once");
  });
});
