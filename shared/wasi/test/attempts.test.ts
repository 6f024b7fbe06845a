import { describe, expect, test } from "vitest";
import { attempt } from "@holdfast/component-host";
import { Budget } from "../src/budget.ts";
import { IncomingBody } from "../src/http/incoming-body.ts";
import { bytes } from "../src/testing.ts";
import { turn } from "../src/http/testing.ts";
import { linked } from "./guests.ts";

describe("a request that is answered in an attempt", () => {
  test("has the answer that it would have had otherwise", async () => {
    const { tried, call } = await linked("http-hello");
    const answer = tried("/");
    expect(answer).toMatchObject({ status: 200, body: "hello from component\n", isAsNew: true });
    expect(await call("/")).toEqual(answer);
    expect(tried("/")).toEqual(answer);
  });

  test("reads a body that is there, and writes one for which there is room", async () => {
    const { tried, call } = await linked("http-echo");
    const request = { method: "POST", headers: ["X-One", "1"], body: bytes("x".repeat(50_000)) };
    const answer = tried("/a?b", request);
    expect(answer?.body).toHaveLength(50_000);
    expect(await call("/a?b", request)).toEqual(answer);
  });
});

const nothing = () => undefined;
const plugins = {
  "wasi:config/store@0.2.0-rc.1": { get: nothing, getAll: () => [] },
  "wasi:logging/logging@0.1.0-draft": { log: nothing },
};

describe("an attempt to answer a request is void, and nobody notices,", () => {
  test("when the answer is longer than is held for a guest", async () => {
    const { tried, call } = await linked("http-echo");
    const request = { method: "POST", body: bytes("x".repeat(200_000)) };
    expect(tried("/", request)).toBeUndefined();
    expect((await call("/", request)).body).toHaveLength(200_000);
  });

  test("when the body of the request has yet to come", async () => {
    const { tried, call } = await linked("http-echo");
    let taken = 0;
    async function* chunks() {
      for (const each of ["one", "two"]) {
        await turn();
        taken += 1;
        yield bytes(each);
      }
    }
    const request = { method: "POST", body: chunks() };
    expect(tried("/", request)).toBeUndefined();
    await turn();
    expect(taken).toBe(0);
    expect((await call("/", request)).body).toBe("onetwo");
  });

  test("when the guest leaves a body unread that has yet to come, with trailers behind it", async () => {
    const { instance, wasi } = await linked("http-hello");
    let ended = 0;
    const body = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<Uint8Array>>(() => undefined),
        return: () => {
          ended += 1;
          return Promise.resolve({ done: true as const, value: undefined });
        },
      }),
    };
    for (const trailers of [undefined, () => []]) {
      const unread = new IncomingBody({ body, ...(trailers && { trailers }) }, new Budget("bodies", 1_000_000));
      expect(attempt([instance], () => IncomingBody.finish(unread))).toBeUndefined();
    }
    wasi.reset();
    await turn();
    expect(ended).toBe(0);
  });

  test("when the guest waits for a time", async () => {
    const { tried, call } = await linked("http-sleep");
    expect(tried("/1")).toBeUndefined();
    expect(await call("/1")).toMatchObject({ status: 200, isAsNew: true });
  });

  test("when the guest prints", async () => {
    const lines: string[] = [];
    const { tried, call } = await linked("http-config", { cli: { stdout: (line) => lines.push(line) } }, plugins);
    const request = { method: "POST", body: bytes("said once") };
    expect(tried("/out", request)).toBeUndefined();
    expect(lines).toEqual([]);
    await call("/out", request);
    expect(lines).toEqual(["said once"]);
  });

  test("when the guest sends a request of its own", async () => {
    let sent = 0;
    const backend = {
      send: async () => {
        sent += 1;
        return { status: 204, headers: [] };
      },
    };
    const { tried, call } = await linked("http-proxy", { http: { outgoing: { backend, allowedHosts: "any" } } });
    expect(tried("/http/example.com/")).toBeUndefined();
    await turn();
    expect(sent).toBe(0);
    expect(await call("/http/example.com/")).toMatchObject({ status: 204 });
    expect(sent).toBe(1);
  });
});
