import type { NatsConnection } from "@nats-io/nats-core";
import { Svcm } from "@nats-io/services";
import { startNats, type TestNats, waitFor } from "@holdfast/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Call, Handlers } from "../src/contract.ts";
import {
  client,
  fail,
  isMeshError,
  type MeshError,
  serve,
  type ServedService,
  type ServeOptions,
} from "../src/index.ts";
import { library } from "./contract.fixture.ts";

let nats: TestNats;
let nc: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
});
// A connection for each test: closing it takes away its services, also one with a handler that never answers.
beforeEach(async () => {
  nc = await nats.connect();
});
afterEach(() => nc.close());
afterAll(() => nats.stop());

const standard: Handlers<typeof library> = {
  Lend: async (input) => input,
  Sell: async () => ({ sold: 1 }),
  Scan: async ({ title }, { body }) => ({ output: { title, pages: body.length }, body }),
};

function start(handlers: Partial<Handlers<typeof library>> = {}, options: ServeOptions = {}): Promise<ServedService> {
  return serve(nc, library, { ...standard, ...handlers }, options);
}

/** What the call threw; the test fails when it did not throw a MeshError. */
async function errorOf(call: Promise<unknown>): Promise<MeshError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isMeshError(error)) throw new Error(`not a MeshError: ${String(error)}`);
  return error;
}

describe("a call", () => {
  test("reaches the handler with defaults filled in and brings back its output", async () => {
    await start();
    expect(await client(nc, library).Lend({ title: "Emma" })).toEqual({ title: "Emma", days: 14 });
  });

  test("with input that does not fit the contract is refused as InvalidInput, naming the field", async () => {
    await start();
    const error = await errorOf(client(nc, library).Lend({ title: "" }));
    expect(error).toMatchObject({ code: "InvalidInput", status: 400 });
    expect(error.details).toMatchObject([{ path: ["title"] }]);
  });

  test("with bytes that are not JSON is refused as InvalidInput", async () => {
    await start();
    const answer = await nc.request("library.v1.Lend", new Uint8Array([0xff, 0x00]));
    expect(answer.headers?.get("Nats-Service-Error-Code")).toBe("400");
  });

  test.for([0, 1, 4_096, 1_000_000])(
    "carries a raw body of %i bytes both ways, with unicode in the JSON beside it",
    async (size) => {
      await start();
      const body = new Uint8Array(size).fill(7);
      const reply = await client(nc, library).Scan({ title: "Эмма 📚\r\nx" }, { body });
      expect(reply.output).toEqual({ title: "Эмма 📚\r\nx", pages: size });
      expect(Buffer.compare(reply.body, body)).toBe(0);
    },
  );

  test("nobody answers is ServiceUnavailable within the call's time", async () => {
    const error = await errorOf(client(nc, library).Sell({ title: "Emma" }));
    expect(error).toMatchObject({ code: "ServiceUnavailable", status: 503 });
  });

  test("whose caller gives up rejects at once with RequestTimeout", async () => {
    await start({ Sell: () => new Promise(() => {}) });
    const caller = new AbortController();
    const call = errorOf(client(nc, library).Sell({ title: "Emma" }, { signal: caller.signal, timeoutMs: 60_000 }));
    caller.abort();
    expect((await call).code).toBe("RequestTimeout");
  });
});

describe("an instance with a subject of its own", () => {
  const answering = (days: number): Partial<Handlers<typeof library>> => ({
    Lend: async (input) => ({ ...input, days }),
  });

  test("is the one that a client of it reaches", async () => {
    await start(answering(1), { instance: "north" });
    await start(answering(2), { instance: "south" });
    expect(await client(nc, library, { instance: "north" }).Lend({ title: "Emma" })).toMatchObject({ days: 1 });
    expect(await client(nc, library, { instance: "south" }).Lend({ title: "Emma" })).toMatchObject({ days: 2 });
  });

  test("is not asked by a client of any instance", async () => {
    await start({}, { instance: "north" });
    expect(await errorOf(client(nc, library).Sell({ title: "Emma" }))).toMatchObject({ code: "ServiceUnavailable" });
  });

  test("is in no queue group", async () => {
    await start({}, { instance: "north" });
    const [info] = await Array.fromAsync(await new Svcm(nc).client().info("library"));
    expect(info?.endpoints[0]).toMatchObject({ subject: "library.v1.north.Lend", queue_group: "" });
  });

  test.for(["a.b", "*", "", "a b"])("cannot be called %j", async (instance) => {
    await expect(start({}, { instance })).rejects.toThrow(TypeError);
    expect(() => client(nc, library, { instance })).toThrow(TypeError);
  });
});

describe("a handler's error", () => {
  test("that its endpoint declares arrives with code, status, message and details", async () => {
    await start({
      Lend: async () => {
        throw fail("NoSuchBook", "no book\nof that — title", { details: { shelf: 3 } });
      },
    });
    const error = await errorOf(client(nc, library).Lend({ title: "Emma" }));
    expect(error).toMatchObject({
      code: "NoSuchBook",
      status: 404,
      message: "no book\nof that — title",
      details: { shelf: 3 },
    });
  });

  test("follows the micro protocol on the wire: status and one line of `Code: message`", async () => {
    await start({
      Lend: async () => {
        throw fail("NoSuchBook", "first\r\nsecond");
      },
    });
    const { headers } = await nc.request("library.v1.Lend", JSON.stringify({ title: "Emma" }));
    expect(headers?.get("Nats-Service-Error-Code")).toBe("404");
    expect(headers?.get("Nats-Service-Error")).toBe("NoSuchBook: first second");
  });

  test.for([new TypeError("secret detail"), fail("Undeclared", "secret detail"), "secret detail"])(
    "that is a bug (%s) is answered as InternalError without telling what it was",
    async (thrown) => {
      await start({
        Lend: () => Promise.reject(thrown),
      });
      const error = await errorOf(client(nc, library).Lend({ title: "Emma" }));
      expect(error).toMatchObject({ code: "InternalError", status: 500 });
      expect(JSON.stringify([error.message, error.details])).not.toContain("secret");
    },
  );
});

describe("the retry rule", () => {
  /** Refuses the first two calls. */
  const flaky = (code: string) => {
    let calls = 0;
    const handler = async () => {
      if (++calls <= 2) throw fail(code, "not now");
      return { title: "Emma", days: 1, sold: calls };
    };
    return { handler, calls: () => calls };
  };

  test("sends an idempotent call again after a retryable error", async () => {
    const { handler, calls } = flaky("SlowDown");
    await start({ Lend: handler });
    await client(nc, library).Lend({ title: "Emma" });
    expect(calls()).toBe(3);
  });

  test("never sends a call again that is not idempotent", async () => {
    const { handler, calls } = flaky("SlowDown");
    await start({ Sell: handler });
    expect((await errorOf(client(nc, library).Sell({ title: "Emma" }))).code).toBe("SlowDown");
    expect(calls()).toBe(1);
  });

  test("never sends a call again after an error that is not retryable", async () => {
    const { handler, calls } = flaky("NoSuchBook");
    await start({ Lend: handler });
    expect((await errorOf(client(nc, library).Lend({ title: "Emma" }))).code).toBe("NoSuchBook");
    expect(calls()).toBe(1);
  });

  test("waits for a service that starts while the call is under way, whatever the endpoint", async () => {
    const call = client(nc, library).Sell({ title: "Emma" }, { timeoutMs: 5_000 });
    await start();
    expect(await call).toEqual({ sold: 1 });
  });

  test("gives up an idempotent call on an instance that does not answer and asks again", async () => {
    let calls = 0;
    await start({ Lend: (input) => (++calls === 1 ? new Promise(() => {}) : Promise.resolve(input)) });
    expect(await client(nc, library).Lend({ title: "Emma" })).toEqual({ title: "Emma", days: 14 });
    expect(calls).toBe(2);
  });
});

describe("a deadline", () => {
  test("is passed to the callee and to its callee, and aborts the handler's signal", async () => {
    const seen: number[] = [];
    const aborted = Promise.withResolvers<void>();
    const handlers = {
      Lend: async (_: unknown, call: Call) => {
        seen.push(call.deadline);
        await client(nc, library).Sell({ title: "Emma" }, { timeoutMs: call.deadline - Date.now() });
        return { title: "", days: 0 };
      },
      Sell: (_: unknown, call: Call) => {
        seen.push(call.deadline);
        call.signal.addEventListener("abort", () => aborted.resolve());
        return new Promise<never>(() => {});
      },
    };
    await start(handlers);
    const began = Date.now();
    await errorOf(client(nc, library).Lend({ title: "Emma" }, { timeoutMs: 300 }));
    await aborted.promise;
    expect(seen[0]).toBeLessThanOrEqual(began + 320);
    expect(seen[1]).toBeLessThanOrEqual((seen[0] ?? 0) + 20);
  });

  test("that has passed keeps the handler from starting", async () => {
    let started = false;
    await start({
      Lend: async (input) => {
        started = true;
        return input;
      },
    });
    const { headers } = await import("@nats-io/nats-core");
    const late = headers();
    late.set("Holdfast-Deadline", String(Date.now() - 1));
    const answer = await nc.request("library.v1.Lend", JSON.stringify({ title: "Emma" }), {
      headers: late,
      timeout: 1_000,
    });
    expect(answer.headers?.get("Nats-Service-Error")).toContain("RequestTimeout");
    expect(started).toBe(false);
  });
});

describe("an instance", () => {
  test("answers SlowDown beyond the calls it may have in hand", async () => {
    const release = Promise.withResolvers<{ sold: number }>();
    await start({ Sell: () => release.promise }, { maxConcurrent: 2 });
    const calls = Array.from({ length: 3 }, () =>
      client(nc, library)
        .Sell({ title: "Emma" })
        .catch((e: unknown) => e),
    );
    const refused = await Promise.race(calls);
    expect(refused).toMatchObject({ code: "SlowDown", status: 503 });
    release.resolve({ sold: 1 });
    expect((await Promise.all(calls)).filter((reply) => !isMeshError(reply))).toHaveLength(2);
  });

  test("drains: running handlers are answered, new calls find nobody", async () => {
    const release = Promise.withResolvers<{ sold: number }>();
    const started = Promise.withResolvers<void>();
    const one = await start({
      Sell: () => {
        started.resolve();
        return release.promise;
      },
    });
    const running = client(nc, library).Sell({ title: "Emma" }, { timeoutMs: 10_000 });
    await started.promise;
    let drained = false;
    const draining = one.drain().then(() => (drained = true));
    await waitFor(
      async () =>
        (await errorOf(client(nc, library).Sell({ title: "x" }, { timeoutMs: 50 }))).code === "ServiceUnavailable",
    );
    expect(drained).toBe(false);
    release.resolve({ sold: 7 });
    expect(await running).toEqual({ sold: 7 });
    await draining;
    expect(drained).toBe(true);
  });

  test("shows the handler's real time, requests and errors in $SRV.STATS", async () => {
    const one = await start({
      Lend: async (input) => {
        const until = performance.now() + 60;
        while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
        if (input.title === "bad") throw fail("NoSuchBook", "gone");
        return input;
      },
    });
    await client(nc, library).Lend({ title: "Emma" });
    await errorOf(client(nc, library).Lend({ title: "bad" }));
    const stats = (await nc.request(`$SRV.STATS.library.${one.id}`)).json<{ endpoints: Record<string, unknown>[] }>();
    const lend = stats.endpoints.find(({ name }) => name === "Lend");
    expect(lend).toMatchObject({ num_requests: 2, num_errors: 1, last_error: "NoSuchBook: gone" });
    expect(Number(lend?.["average_processing_time"])).toBeGreaterThan(50_000_000);
  });

  test("shows description, schemas, errors and retry rule in $SRV.INFO", async () => {
    await start();
    const infos = [];
    for await (const info of await new Svcm(nc).client().info("library")) infos.push(info);
    expect(infos).toHaveLength(1);
    expect(infos[0]).toMatchObject({ name: "library", version: "1.2.3", description: "A service for tests" });
    const lend = infos[0]?.endpoints.find(({ name }) => name === "Lend");
    expect(lend).toMatchObject({
      subject: "library.v1.Lend",
      queue_group: "library",
      metadata: { idempotent: "true", raw_body: "none" },
    });
    expect(JSON.parse(lend?.metadata?.["input"] ?? "")).toMatchObject({ type: "object", required: ["title"] });
    expect(JSON.parse(lend?.metadata?.["errors"] ?? "")).toHaveProperty("NoSuchBook.status", 404);
  });
});
