import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, type Harness, startHarness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

describe("a component behind HTTP", () => {
  test("answers requests for its host name", async () => {
    const hello = await harness.run("http-hello");
    expect(hello.status).toMatchObject({ workloadState: "WORKLOAD_STATE_RUNNING" });
    expect(await hello.get("/")).toMatchObject({ status: 200 });
  });

  test("gets method, path, headers and body, and streams the body back", async () => {
    const echo = await harness.run("http-echo");
    const body = Buffer.alloc(3 * 1024 * 1024, "holdfast ");
    const answer = await echo.get("/a/b?c=d", { method: "POST", headers: { "x-colour": "blue" }, body });
    expect(answer.status).toBe(200);
    expect(answer.bytes.equals(body)).toBe(true);
    expect(JSON.stringify(answer.headers)).toContain("blue");
  });
});

describe("a request", () => {
  test("for a name that nobody answers is 421, with words", async () => {
    const answer = await call(harness.host.http, "nobody.test", "/");
    expect(answer.status).toBe(421);
    expect(answer.body).toContain("nobody.test");
  });
});
