import { access } from "node:fs/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { describe, expect, test } from "vitest";
import { startNats, waitFor } from "../src/index.ts";

describe("startNats", () => {
  test("gives a server with JetStream that keeps its data and port over SIGKILL and restart", async () => {
    await using nats = await startNats();
    const nc = await nats.connect();
    await (await jetstreamManager(nc)).streams.add({ name: "kept", subjects: ["kept.>"] });
    await jetstream(nc).publish("kept.one", "1");
    const { port } = nats;

    await nats.kill("SIGKILL");
    await nats.restart();

    expect(nats.port).toBe(port);
    const info = await (await jetstreamManager(await nats.connect())).streams.info("kept");
    expect(info.state.messages).toBe(1);
  });

  test("removes its folder and closes its connections at the end", async () => {
    const nats = await startNats();
    const nc = await nats.connect();
    await nats.stop();
    expect(nc.isClosed()).toBe(true);
    await expect(access(nats.storeDir)).rejects.toThrow(/ENOENT/);
  });

  test("takes further configuration", async () => {
    await using nats = await startNats({ extraConfig: "max_payload: 65536" });
    const nc = await nats.connect();
    expect(nc.info?.max_payload).toBe(65_536);
  });

  test("says what the server said when it does not start", async () => {
    await expect(startNats({ extraConfig: "no_such_option: {" })).rejects.toThrow(
      /nats-server did not start[^]*Parse error on line/,
    );
  });
});

describe("waitFor", () => {
  test("resolves with the first truthy answer and takes a throw as not yet", async () => {
    let calls = 0;
    const answer = await waitFor(
      () => {
        calls += 1;
        if (calls === 1) throw new Error("not yet");
        return calls === 3 && "third";
      },
      { intervalMs: 1 },
    );
    expect(answer).toBe("third");
  });

  test("rejects with the last error as its cause when time is up", async () => {
    const failure = waitFor(() => Promise.reject(new Error("still down")), {
      timeoutMs: 10,
      intervalMs: 1,
      what: "the server",
    });
    await expect(failure).rejects.toMatchObject({
      message: expect.stringContaining("the server"),
      cause: expect.any(Error),
    });
  });
});
