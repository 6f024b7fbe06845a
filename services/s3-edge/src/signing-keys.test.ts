import { MeshError } from "@holdfast/micro";
import { isS3Error } from "@holdfast/s3-protocol";
import { describe, expect, test } from "vitest";
import { SigningKeys } from "./signing-keys.ts";

const scope = { date: "20261121", region: "us-east-1", service: "s3" };

/** An auth that can be changed, delayed and taken away, and a clock that stands still. */
function stage() {
  const state = {
    now: 1_000_000,
    revision: 5,
    calls: 0,
    failure: undefined as MeshError | undefined,
    /** Holds answers back until it resolves. */
    gate: Promise.resolve(),
    user: "alice",
  };
  const keys = new SigningKeys(
    {
      async GetSigningKey() {
        state.calls++;
        const { failure, user, revision } = state;
        await state.gate;
        if (failure) throw failure;
        return { output: { user, admin: false, revision }, body: new Uint8Array(32).fill(revision) };
      },
    },
    () => state.now,
  );
  const get = async (accessKeyId = "AK1") => (await keys.get(accessKeyId, scope)).principal.user;
  const codeOf = async (accessKeyId = "AK1") => {
    try {
      return await get(accessKeyId);
    } catch (error) {
      return isS3Error(error) ? error.code : error;
    }
  };
  const heartbeat = () => keys.changed({ revision: state.revision });
  return { state, keys, get, codeOf, heartbeat };
}

const meshError = (code: string, status: number) => new MeshError(code, code, { status });
const unknownKey = meshError("InvalidAccessKeyId", 403);
const away = meshError("ServiceUnavailable", 503);

describe("signing keys", () => {
  test("are asked for once while auth is heard", async () => {
    const { state, get, heartbeat } = stage();
    heartbeat();
    await get();
    state.now += 4_999;
    expect(await get()).toBe("alice");
    expect(state.calls).toBe(1);
  });

  test("are asked for once by many requests at a time", async () => {
    const { state, get, heartbeat } = stage();
    heartbeat();
    await Promise.all(Array.from({ length: 20 }, () => get()));
    expect(state.calls).toBe(1);
  });

  test("are held for a minute at most", async () => {
    const { state, get, heartbeat } = stage();
    heartbeat();
    await get();
    state.now += 60_000;
    heartbeat();
    await get();
    expect(state.calls).toBe(2);
  });

  test("are withdrawn by a change of their key, and of no other", async () => {
    const { state, keys, get, codeOf, heartbeat } = stage();
    heartbeat();
    await get("AK1");
    await get("AK2");
    state.failure = unknownKey;
    state.revision = 6;
    keys.changed({ revision: 6, accessKeyId: "AK1" });
    expect(await codeOf("AK1")).toBe("InvalidAccessKeyId");
    expect(await codeOf("AK2")).toBe("alice");
  });

  test("are all withdrawn when a change was missed", async () => {
    const { state, keys, get, heartbeat } = stage();
    heartbeat();
    await get("AK1");
    keys.changed({ revision: 7, accessKeyId: "AK2" });
    state.revision = 7;
    await get("AK1");
    expect(state.calls).toBe(2);
    state.revision = 8;
    heartbeat();
    expect(keys.size).toBe(0);
  });

  test("stay when an instance that is behind beats its heart", async () => {
    const { keys, get, heartbeat } = stage();
    heartbeat();
    await get();
    keys.changed({ revision: 3 });
    expect(keys.size).toBe(1);
  });

  test("are not kept when the answer is older than a change already known", async () => {
    const { state, keys, get } = stage();
    keys.changed({ revision: 6, accessKeyId: "AK1" });
    expect(await get()).toBe("alice");
    expect(keys.size).toBe(0);
    expect(state.calls).toBe(1);
  });

  test("asked for before a revocation are neither kept nor given to who comes after it", async () => {
    const { state, keys, get, codeOf, heartbeat } = stage();
    heartbeat();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    const before = get();
    state.failure = unknownKey;
    keys.changed({ revision: 6, accessKeyId: "AK1" });
    const after = codeOf();
    gate.resolve();
    expect([await before, await after]).toEqual(["alice", "InvalidAccessKeyId"]);
    expect(keys.size).toBe(0);
  });

  test("are asked for at every use when auth has been silent for 5 s", async () => {
    const { state, get, heartbeat } = stage();
    heartbeat();
    await get();
    state.now += 5_000;
    await get();
    await get();
    expect(state.calls).toBe(3);
    heartbeat();
    await get();
    expect(state.calls).toBe(3);
  });

  test("go on for their minute when auth cannot be reached, which is tried every two seconds", async () => {
    const { state, get, codeOf, heartbeat } = stage();
    heartbeat();
    await get();
    state.failure = away;
    state.now += 10_000;
    expect(await get()).toBe("alice");
    expect(await get()).toBe("alice");
    expect(state.calls).toBe(2);
    state.now += 2_000;
    expect(await get()).toBe("alice");
    expect(state.calls).toBe(3);
    state.now += 60_000;
    expect(await codeOf()).toBe("SlowDown");
  });

  test("that nobody has are SlowDown while auth cannot be reached", async () => {
    const { state, codeOf } = stage();
    state.failure = away;
    expect([await codeOf(), await codeOf("AK2")]).toEqual(["SlowDown", "SlowDown"]);
    expect(state.calls).toBe(1);
    state.failure = undefined;
    state.now += 2_000;
    expect(await codeOf()).toBe("alice");
  });

  test("are asked for again as soon as auth is heard", async () => {
    const { state, codeOf, heartbeat } = stage();
    state.failure = away;
    expect(await codeOf()).toBe("SlowDown");
    state.failure = undefined;
    heartbeat();
    expect(await codeOf()).toBe("alice");
  });

  test("that are revoked while auth is silent end when it says so", async () => {
    const { state, get, codeOf, heartbeat } = stage();
    heartbeat();
    await get();
    state.now += 6_000;
    state.failure = unknownKey;
    expect(await codeOf()).toBe("InvalidAccessKeyId");
  });

  test("that auth does not know cost one question a second, until a change says otherwise", async () => {
    const { state, keys, codeOf, heartbeat } = stage();
    heartbeat();
    state.failure = unknownKey;
    for (let i = 0; i < 5; i++) expect(await codeOf()).toBe("InvalidAccessKeyId");
    expect(state.calls).toBe(1);
    state.failure = undefined;
    state.revision = 6;
    keys.changed({ revision: 6, accessKeyId: "AK1" });
    expect(await codeOf()).toBe("alice");
  });

  test("made while auth was being asked are not held for unknown", async () => {
    const { state, keys, codeOf, heartbeat } = stage();
    heartbeat();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    state.failure = unknownKey;
    const before = codeOf();
    state.failure = undefined;
    state.revision = 6;
    keys.changed({ revision: 6, accessKeyId: "AK1" });
    gate.resolve();
    expect(await before).toBe("InvalidAccessKeyId");
    expect(await codeOf()).toBe("alice");
  });

  test("that break the contract are unknown, and do not count as auth being away", async () => {
    const { state, codeOf } = stage();
    state.failure = meshError("InvalidInput", 400);
    expect(await codeOf("x".repeat(500))).toBe("InvalidAccessKeyId");
    state.failure = undefined;
    expect(await codeOf()).toBe("alice");
  });

  test("are forgotten after a reconnect, and not trusted before auth is heard again", async () => {
    const { state, keys, get, heartbeat } = stage();
    heartbeat();
    await get();
    keys.drop();
    await get();
    await get();
    expect(state.calls).toBe(3);
  });
});
