import { guest } from "@holdfast/guests";
import { beforeAll, describe, expect, test } from "vitest";
import { HttpFailure } from "../src/index.ts";
import { bytes } from "../src/testing.ts";
import { turn } from "../src/http/testing.ts";
import { linked } from "./guests.ts";

// whoever asks first for a guest has all small ones built
beforeAll(async () => {
  await guest("http-hello");
});

describe("a component that answers HTTP", () => {
  test("is put back after each call, with nothing left of it", async () => {
    const { call, instance } = await linked("http-hello");
    const first = await call("/");
    expect(first).toMatchObject({ status: 200, isAsNew: true });
    for (let i = 0; i < 3; i++) expect(await call("/")).toEqual(first);
    expect(instance.trapped).toBeUndefined();
  });

  test("sees the request and streams its body back", async () => {
    const { call } = await linked("http-echo");
    async function* chunks() {
      for (let i = 0; i < 20; i++) {
        await turn();
        yield bytes("x".repeat(20_000));
      }
    }
    const answer = await call("/a?b", {
      method: "POST",
      authority: "example.com",
      headers: ["Host", "example.com", "X-One", "1"],
      body: chunks(),
    });
    expect(answer.body).toHaveLength(400_000);
    expect(answer.headers).toEqual(
      expect.arrayContaining(["x-echo-method", "POST", "x-echo-path", "/a?b", "x-echo-authority", "example.com"]),
    );
    expect(answer.headers).toEqual(expect.arrayContaining(["x-echo-x-one", "1"]));
    expect(answer.headers).not.toContain("x-echo-host");
    expect(answer.isAsNew).toBe(true);
  });

  test("waits while others run", async () => {
    const { call } = await linked("http-sleep");
    const began = performance.now();
    expect(await call("/20")).toMatchObject({ status: 200 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(19);
  });

  test("reaches the hosts it may, and no other", async () => {
    const backend = {
      send: async ({ authority, pathWithQuery }: { authority: string; pathWithQuery: string }) => {
        if (authority === "down.example.com") throw new HttpFailure({ tag: "connection-refused" });
        return { status: 203, headers: [], body: bytes(`from ${authority}${pathWithQuery}`) };
      },
    };
    const { call } = await linked("http-proxy", { http: { outgoing: { backend, allowedHosts: ["*.example.com"] } } });
    expect(await call("/http/a.example.com/x/y")).toMatchObject({ status: 203, body: "from a.example.com/x/y" });
    expect(await call("/http/example.com/")).toMatchObject({ status: 502, body: "15" });
    expect(await call("/http/down.example.com/")).toMatchObject({ status: 502, body: "6" });
    expect(await (await linked("http-proxy")).call("/http/a.example.com/")).toMatchObject({ status: 502, body: "15" });
  });
});
