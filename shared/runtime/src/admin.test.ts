import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AdminServer, startAdmin } from "./admin.ts";
import { ConfigError } from "./config.ts";
import { metrics } from "./metrics.ts";

let admin: AdminServer;
beforeAll(async () => {
  admin = await startAdmin("127.0.0.1", 0);
});
afterAll(() => admin.close());

const get = async (path: string) => {
  const answer = await fetch(`${admin.url}${path}`);
  return { status: answer.status, body: await answer.text() };
};

describe("the admin port", () => {
  test("is healthy until a check says or throws why not, and again after", async () => {
    let problem: string | undefined;
    admin.addHealth("disk", () => problem);
    admin.addHealth("quota", async () => {
      if (problem) throw new Error("cannot be read");
      return undefined;
    });
    expect(await get("/healthz")).toEqual({ status: 200, body: '{"status":"ready"}\n' });
    problem = "full";
    const { status, body } = await get("/healthz");
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({ status: "not ready", problems: { disk: "full", quota: "cannot be read" } });
    problem = undefined;
    expect((await get("/healthz")).status).toBe(200);
  });

  test("shows what a service adds, whatever the query, and 500 when that fails", async () => {
    admin.addJson("/stats", async () => ({ requests: 7 }));
    admin.addJson("/broken", () => Promise.reject(new Error("no figures")));
    expect(await get("/stats?pretty")).toEqual({ status: 200, body: '{"requests":7}\n' });
    expect(await get("/broken")).toEqual({ status: 500, body: '{"error":"no figures"}\n' });
  });

  test("shows metrics as Prometheus reads them; a name made twice is one metric", async () => {
    const made = () => metrics.counter({ name: "holdfast_test_total", help: "For a test", labels: ["kind"] });
    made().inc({ kind: "a" });
    made().inc({ kind: "a" });
    expect((await get("/metrics")).body).toContain('holdfast_test_total{kind="a"} 2');
  });

  test("names the variable to change when its address is taken", async () => {
    const taken = Number(new URL(admin.url).port);
    const error: unknown = await startAdmin("127.0.0.1", taken).catch((thrown: unknown) => thrown);
    if (!(error instanceof ConfigError)) throw new Error("it listens");
    expect(error.message).toContain("HOLDFAST_ADMIN_PORT: cannot listen on 127.0.0.1");
  });
});
