/** What goes wrong between two services, and what each side may then believe. */
import { Writable } from "node:stream";
import type { NatsConnection } from "@nats-io/nats-core";
import { createLogger, currentRequestId } from "@holdfast/runtime";
import { startNats, type TestNats, waitFor } from "@holdfast/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Call, Handlers } from "../src/contract.ts";
import { client, fail, isMeshError, type MeshError, serve } from "../src/index.ts";
import { library } from "./contract.fixture.ts";

let nats: TestNats;
let nc: NatsConnection;
beforeAll(async () => {
  nats = await startNats({
    extraConfig: `authorization { users = [
      { user: all, password: p }
      { user: mute, password: p, permissions: { publish: ">", subscribe: { allow: ["_INBOX.>"] } } }
      { user: caller, password: p, permissions: { publish: "nothing", subscribe: "_INBOX.>" } }
    ] }`,
  });
});
const connectAs = (user: string) => nats.connect({ user, pass: "p" });
beforeEach(async () => {
  nc = await connectAs("all");
});
afterEach(() => nc.close());
afterAll(() => nats.stop());

const standard: Handlers<typeof library> = {
  Lend: async (input) => input,
  Sell: async () => ({ sold: 1 }),
  Scan: async ({ title }, { body }) => ({ output: { title, pages: body.length }, body }),
};

async function errorOf(call: Promise<unknown>): Promise<MeshError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isMeshError(error)) throw new Error(`not a MeshError: ${String(error)}`);
  return error;
}

/** A logger whose lines can be read. */
function readableLog() {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(
        ...chunk
          .toString()
          .trim()
          .split("\n")
          .map((line): Record<string, unknown> => JSON.parse(line)),
      );
      done();
    },
  });
  return { log: createLogger("library", "info", sink), lines };
}

describe("a caller", () => {
  test("whose connection closes under way learns that the call may have been executed, and does not repeat it", async () => {
    let sold = 0;
    const reached = Promise.withResolvers<void>();
    await serve(nc, library, {
      ...standard,
      Sell: () => {
        sold++;
        reached.resolve();
        return new Promise(() => {});
      },
    });
    const other = await connectAs("all");
    const call = errorOf(client(other, library).Sell({ title: "Emma" }, { timeoutMs: 5_000 }));
    await reached.promise;
    await other.close();
    expect((await call).code).toBe("RequestTimeout");
    expect(sold).toBe(1);
  });

  test("whose connection is closed, or was from the start, learns that nothing was executed", async () => {
    const [used, unused] = [await connectAs("all"), await connectAs("all")];
    await serve(nc, library, standard);
    await client(used, library).Sell({ title: "Emma" });
    for (const closed of [used, unused]) {
      await closed.close();
      const error = await errorOf(client(closed, library).Sell({ title: "Emma" }));
      expect(error).toMatchObject({ code: "ServiceUnavailable", status: 503 });
    }
  });

  test("that is not allowed the subject gets ServiceUnavailable at once", async () => {
    await serve(nc, library, standard);
    const began = Date.now();
    const error = await errorOf(client(await connectAs("caller"), library).Sell({ title: "x" }, { timeoutMs: 20_000 }));
    expect(error).toMatchObject({ code: "ServiceUnavailable", status: 503 });
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  test("with more bytes than the server takes gets InvalidInput", async () => {
    await serve(nc, library, standard);
    const body = new Uint8Array((nc.info?.max_payload ?? 0) + 1);
    expect((await errorOf(client(nc, library).Scan({ title: "x" }, { body }))).code).toBe("InvalidInput");
  });

  test("whose deadline has passed is told so without a call", async () => {
    let started = false;
    await serve(nc, library, { ...standard, Lend: async (input) => ((started = true), input) });
    const error = await errorOf(client(nc, library).Lend({ title: "x" }, { deadline: Date.now() - 1 }));
    expect(error.code).toBe("RequestTimeout");
    expect(started).toBe(false);
  });

  test("that has given up before, or between two tries, does not call", async () => {
    let calls = 0;
    const caller = new AbortController();
    await serve(nc, library, {
      ...standard,
      Lend: async () => {
        if (++calls === 2) caller.abort();
        throw fail("SlowDown", "not now");
      },
    });
    const { signal } = caller;
    expect((await errorOf(client(nc, library).Lend({ title: "Emma" }, { signal }))).code).toBe("RequestTimeout");
    expect((await errorOf(client(nc, library).Lend({ title: "Emma" }, { signal }))).code).toBe("RequestTimeout");
    expect(calls).toBe(2);
  });

  test("may be as patient as it likes", async () => {
    await serve(nc, library, { ...standard, Sell: async (_, { signal }) => ({ sold: signal.aborted ? 0 : 1 }) });
    const patient = { timeoutMs: Number.POSITIVE_INFINITY };
    expect(await client(nc, library).Sell({ title: "Emma" }, patient)).toEqual({ sold: 1 });
  });

  test("gets InternalError when the answer is not JSON", async () => {
    nc.subscribe("library.v1.*", { callback: (_error, msg) => void msg.respond("<html>") });
    expect((await errorOf(client(nc, library).Lend({ title: "x" }))).code).toBe("InternalError");
    expect((await errorOf(client(nc, library).Scan({ title: "x" }))).code).toBe("InternalError");
  });
});

describe("a service", () => {
  test("never lets an output out that does not fit the contract", async () => {
    const { log, lines } = readableLog();
    const wrong = { title: "Emma", days: 1.5 };
    await serve(nc, library, { ...standard, Lend: async () => wrong }, { log });
    expect((await errorOf(client(nc, library).Lend({ title: "Emma" }))).code).toBe("InternalError");
    expect(JSON.stringify(lines)).toContain("does not fit its contract");
  });

  test("logs a bug once, with its stack and the request's id", async () => {
    const { log, lines } = readableLog();
    const broken = () => Promise.reject(new TypeError("a bug"));
    await serve(nc, library, { ...standard, Sell: broken }, { log });
    await errorOf(client(nc, library).Sell({ title: "x" }, { requestId: "REQ1" }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: "error", operation: "library/Sell", requestId: "REQ1" });
    expect(lines[0]?.["err"]).toMatchObject({ message: "a bug", stack: expect.stringContaining("mesh-failures") });
  });

  test("answers an error whose details JSON cannot hold", async () => {
    const Sell = () => Promise.reject(fail("NoSuchBook", "gone", { details: { size: 1n } }));
    await serve(nc, library, { ...standard, Sell });
    expect(await errorOf(client(nc, library).Sell({ title: "x" }))).toMatchObject({ code: "NoSuchBook", status: 404 });
  });

  test("does not blame its caller for an InvalidInput of its own making", async () => {
    await serve(nc, library, {
      ...standard,
      Lend: async () => client(nc, library).Lend({ title: "" }),
      Sell: async () => {
        await client(nc, library).Lend({ title: "" });
        return { sold: 1 };
      },
    });
    expect((await errorOf(client(nc, library).Sell({ title: "x" }))).code).toBe("InternalError");
  });

  test("passes the request's id on to whom it calls, in one header line whatever it holds", async () => {
    const seen: (string | undefined)[] = [];
    await serve(nc, library, {
      ...standard,
      Lend: async (input, call) => {
        seen.push(call.requestId, currentRequestId());
        return input;
      },
      Sell: async () => {
        await client(nc, library).Lend({ title: "x" });
        return { sold: 1 };
      },
    });
    await client(nc, library).Sell({ title: "x" }, { requestId: "a\r\nb" });
    expect(seen).toEqual(["a_b", "a_b"]);
    expect(currentRequestId()).toBeUndefined();
  });

  test("aborts the handlers that a drain leaves behind", async () => {
    const running = Promise.withResolvers<Call>();
    const served = await serve(nc, library, {
      ...standard,
      Sell: (_input, call) => {
        running.resolve(call);
        return new Promise(() => {});
      },
    });
    void errorOf(client(nc, library).Sell({ title: "x" }, { timeoutMs: 2_000 }));
    const { signal } = await running.promise;
    expect(signal.aborted).toBe(false);
    await served.drain(10);
    expect(signal.aborted).toBe(true);
  });

  test("may be told to drain twice", async () => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<{ sold: number }>();
    const one = await serve(nc, library, {
      ...standard,
      Sell: () => {
        started.resolve();
        return release.promise;
      },
    });
    const call = client(nc, library).Sell({ title: "Emma" }, { timeoutMs: 10_000 });
    await started.promise;
    const drains = [one.drain(), one.drain()];
    release.resolve({ sold: 3 });
    await Promise.all(drains);
    expect(await call).toEqual({ sold: 3 });
  });

  test("says at its start that its NATS user may not serve", async () => {
    await expect(serve(await connectAs("mute"), library, standard)).rejects.toThrow("library cannot be served");
  });

  test("answers SlowDown also as a statistic", async () => {
    const served = await serve(nc, library, standard, { maxConcurrent: 0 });
    expect((await errorOf(client(nc, library).Sell({ title: "x" }))).code).toBe("SlowDown");
    const stats = await waitFor(async () =>
      (await nc.request(`$SRV.STATS.library.${served.id}`)).json<{ endpoints: Record<string, unknown>[] }>(),
    );
    expect(stats.endpoints.find(({ name }) => name === "Sell")).toMatchObject({ num_requests: 1, num_errors: 1 });
  });
});

describe("a call is neither run nor answered when", () => {
  const lend = (title: string) => JSON.stringify({ title });

  test("its answer would go to a subject that is no inbox", async () => {
    const titles: string[] = [];
    const service = await serve(nc, library, {
      ...standard,
      Lend: async (input) => {
        titles.push(input.title);
        return input;
      },
    });
    const answers: string[] = [];
    nc.subscribe("forged.>", { callback: (_error, message) => void answers.push(message.subject) });
    nc.publish("library.v1.Lend", lend("forged"), { reply: "forged.answer" });
    // calls are taken in order: when this one is answered, the other one was seen
    await nc.request("library.v1.Lend", lend("honest"));
    expect({ titles, answers }).toEqual({ titles: ["honest"], answers: [] });
    await service.drain();
  });

  test("it is a stored message that JetStream was asked to answer with", async () => {
    const titles: string[] = [];
    const service = await serve(nc, library, {
      ...standard,
      Lend: async (input) => {
        titles.push(input.title);
        return input;
      },
    });
    const stream = { name: "FORGED", subjects: ["stored"], storage: "memory", allow_direct: true };
    await nc.request("$JS.API.STREAM.CREATE.FORGED", JSON.stringify(stream));
    await nc.request("stored", lend("forged"));
    const deliveries = nc.subscribe("library.v1.Lend", { max: 1 });
    nc.publish("$JS.API.DIRECT.GET.FORGED", JSON.stringify({ seq: 1 }), { reply: "library.v1.Lend" });
    for await (const delivered of deliveries) expect(delivered.string()).toBe(lend("forged"));
    await nc.request("library.v1.Lend", lend("honest"));
    expect(titles).toEqual(["honest"]);
    await service.drain();
  });
});
