import { describe, expect, test } from "vitest";
import { Budget } from "../budget.ts";
import type { AllowedHosts } from "../policy/allowed-hosts.ts";
import { bytes, payloadOf, text } from "../testing.ts";
import { HttpFailure } from "./error-code.ts";
import type { IncomingHttpResponse, OutgoingHttpRequest } from "./message.ts";
import { OutgoingHandler } from "./outgoing-handler.ts";
import { RequestOptions } from "./request-options.ts";
import { collect, guest, newFields, turn } from "./testing.ts";

const { IncomingBody, OutgoingBody, OutgoingRequest } = guest;

type Send = (request: OutgoingHttpRequest) => Promise<IncomingHttpResponse>;

function handlerWith(send: Send, allowedHosts: AllowedHosts = "any", maxRequests = 64) {
  return new OutgoingHandler({ backend: { send }, allowedHosts, maxRequests }, new Budget("bodies", 1_000_000));
}

function requestTo(authority: string, path = "/") {
  const request = new OutgoingRequest(newFields());
  request.setAuthority(authority);
  request.setScheme({ tag: "HTTP" });
  request.setPathWithQuery(path);
  return request;
}

const answer = (status = 200): Promise<IncomingHttpResponse> => Promise.resolve({ status, headers: [] });

describe("an outgoing request", () => {
  test("has what the guest set, its body whole when it was finished before the guest waits", async () => {
    const sent: OutgoingHttpRequest[] = [];
    const handler = handlerWith((request) => {
      sent.push(request);
      return Promise.resolve({ status: 201, headers: ["X-A", "1", "Connection", "close"], body: bytes("made") });
    });
    const fields = newFields();
    fields.append("x-key", bytes("v"));
    const request = new OutgoingRequest(fields);
    request.setMethod({ tag: "post" });
    request.setScheme({ tag: "HTTPS" });
    request.setAuthority("api.example.com:8443");
    request.setPathWithQuery("/v1?x=y");
    expect([request.method(), request.scheme(), request.authority(), request.pathWithQuery()]).toEqual([
      { tag: "post" },
      { tag: "HTTPS" },
      "api.example.com:8443",
      "/v1?x=y",
    ]);
    const options = new RequestOptions();
    options.setConnectTimeout(2_000_000_000n);
    options.setFirstByteTimeout(3_000_000n);
    const body = request.body();
    const future = handler.handle(request, options);
    body.write().write(bytes("hello"));
    OutgoingBody.finish(body, undefined);

    expect(future.get()).toBeUndefined();
    await future.subscribe().block();
    expect(sent).toMatchObject([
      {
        method: "POST",
        scheme: "https",
        authority: "api.example.com:8443",
        pathWithQuery: "/v1?x=y",
        headers: ["x-key", "v"],
        timeouts: { connectMs: 2_000, firstByteMs: 3 },
      },
    ]);
    expect(sent[0]?.body).toBeInstanceOf(Uint8Array);
    expect(await collect(sent[0]?.body ?? bytes(""))).toBe("hello");

    const outcome = future.get();
    if (outcome?.tag !== "ok" || outcome.val.tag !== "ok") throw new Error("no response");
    const response = outcome.val.val;
    expect(response.status()).toBe(201);
    expect(response.headers().entries()).toEqual([["x-a", bytes("1")]]);
    const incoming = response.consume();
    expect(payloadOf(() => response.consume())).toBeUndefined();
    expect(text(incoming.stream().read(100n))).toBe("made");
    expect(IncomingBody.finish(incoming).get()).toMatchObject({ tag: "ok" });
    expect(future.get()).toEqual({ tag: "err" });
  });

  test("streams its body while the guest writes it", async () => {
    let got = "";
    const handler = handlerWith(async (request) => {
      got = await collect(request.body ?? bytes(""));
      return answer();
    });
    const request = requestTo("example.com");
    const body = request.body();
    const stream = body.write();
    const future = handler.handle(request);
    for (let i = 0; i < 3; i++) await stream.blockingWriteAndFlush(bytes("x".repeat(50_000)));
    OutgoingBody.finish(body, undefined);
    await future.subscribe().block();
    expect(got).toHaveLength(150_000);
  });

  test("is denied without a backend, and to a host that is not allowed", () => {
    const none = new OutgoingHandler(undefined, new Budget("bodies", 1_000));
    expect(payloadOf(() => none.handle(requestTo("example.com")))).toEqual({ tag: "HTTP-request-denied" });
    const some = handlerWith(() => answer(), ["*.example.com"]);
    expect(payloadOf(() => some.handle(requestTo("example.com")))).toEqual({ tag: "HTTP-request-denied" });
    expect(payloadOf(() => some.handle(requestTo("evil.net")))).toEqual({ tag: "HTTP-request-denied" });
    expect(some.handle(requestTo("api.Example.com.:80")).get()).toBeUndefined();
  });

  test.for([
    "localhost",
    "127.0.0.1:9000",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "0.0.0.0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
  ])("to the host itself is prohibited where all hosts are allowed: %s", (authority) => {
    const code = { tag: "destination-IP-prohibited" };
    expect(payloadOf(() => handlerWith(() => answer()).handle(requestTo(authority)))).toEqual(code);
  });

  test("to the host itself is sent when it is named", () => {
    const handler = handlerWith(() => answer(), ["localhost", "127.0.0.1:9000"]);
    handler.handle(requestTo("localhost:8080"));
    handler.handle(requestTo("127.0.0.1:9000"));
    expect(payloadOf(() => handler.handle(requestTo("127.0.0.1:9001")))).toEqual({ tag: "HTTP-request-denied" });
  });

  test.for([
    [new HttpFailure({ tag: "connection-refused" }), { tag: "connection-refused" }],
    [new Error("secret of the host"), { tag: "internal-error", val: undefined }],
  ] as const)("tells the guest of %s", async ([error, code]) => {
    const future = handlerWith(() => Promise.reject(error)).handle(requestTo("example.com"));
    await future.subscribe().block();
    expect(future.get()).toEqual({ tag: "ok", val: { tag: "err", val: code } });
  });

  test.for([
    [undefined, { tag: "HTTP" }],
    ["example.com", { tag: "other", val: "ftp" }],
  ] as const)("to %s over %j is no valid URI", ([authority, scheme]) => {
    const request = new OutgoingRequest(newFields());
    request.setAuthority(authority);
    request.setScheme(scheme);
    expect(payloadOf(() => handlerWith(() => answer()).handle(request))).toEqual({ tag: "HTTP-request-URI-invalid" });
  });

  test("refuses what would change the request line", () => {
    const request = new OutgoingRequest(newFields());
    for (const call of [
      () => request.setMethod({ tag: "other", val: "GET /x" }),
      () => request.setPathWithQuery("/a HTTP/1.1\r\nx: y"),
      () => request.setPathWithQuery("/a#b"),
      () => request.setAuthority("user:pass@example.com"),
      () => request.setAuthority("example.com/path"),
      () => request.setAuthority("a b"),
      () => request.setScheme({ tag: "other", val: "ht tp" }),
    ]) {
      expect(payloadOf(call)).toBeUndefined();
    }
    request.setAuthority("[2001:db8::1]:80");
    expect(request.pathWithQuery()).toBeUndefined();
  });

  test.for([
    ["content-length", ["1", "2"], { tag: "HTTP-protocol-error" }],
    ["x-long", ["a".repeat(70_000)], { tag: "HTTP-request-header-section-size", val: 70_010 }],
  ] as const)("does not leave with headers that nobody would understand: %s", ([name, values, code]) => {
    const fields = newFields();
    for (const value of values) fields.append(name, bytes(value));
    const request = new OutgoingRequest(fields);
    request.setAuthority("example.com");
    expect(payloadOf(() => handlerWith(() => answer()).handle(request))).toEqual(code);
  });

  test("is given up when the guest drops it, and when its call ends", async () => {
    const signals: AbortSignal[] = [];
    const handler = handlerWith((request) => {
      signals.push(request.signal);
      return new Promise(() => undefined);
    });
    const dropped = handler.handle(requestTo("example.com"));
    handler.handle(requestTo("example.com"));
    await turn();
    dropped[Symbol.dispose]();
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    handler.reset();
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
  });

  test("frees the connection of a response that came too late or is not read", async () => {
    let released = 0;
    const body = () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: () => Promise.resolve({ done: true, value: void released++ } as const),
      }),
    });
    const handler = handlerWith(() => Promise.resolve({ status: 200, headers: [], body: body() }));
    handler.handle(requestTo("example.com"))[Symbol.dispose]();
    await turn();
    expect(released).toBe(1);
    const future = handler.handle(requestTo("example.com"));
    await turn();
    const outcome = future.get();
    if (outcome?.tag === "ok" && outcome.val.tag === "ok") outcome.val.val[Symbol.dispose]();
    expect(released).toBe(2);
  });

  test("has to wait its turn when too many run", () => {
    const handler = handlerWith(() => new Promise(() => undefined), "any", 2);
    handler.handle(requestTo("example.com"));
    handler.handle(requestTo("example.com"));
    expect(payloadOf(() => handler.handle(requestTo("example.com")))).toEqual({ tag: "connection-limit-reached" });
  });
});
