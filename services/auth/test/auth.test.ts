import { AuthChanged, authChangedSubject } from "@holdfast/contracts";
import { deriveSigningKey } from "@holdfast/s3-protocol";
import { startNats, temporaryFolder, waitFor } from "@holdfast/testkit";
import type { TemporaryFolder, TestNats } from "@holdfast/testkit";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, scope, startInstance } from "./instance.ts";
import type { Instance } from "./instance.ts";

let nats: TestNats;
let folder: TemporaryFolder;
let one: Instance;
let two: Instance;

beforeAll(async () => {
  [nats, folder] = await Promise.all([startNats(), temporaryFolder()]);
  const file = join(folder.path, "master.key");
  [one, two] = await Promise.all([startInstance(nats, file), startInstance(nats, file)]);
});
afterAll(async () => {
  await Promise.all([one[Symbol.asyncDispose](), two[Symbol.asyncDispose]()]);
  await nats.stop();
  await folder[Symbol.asyncDispose]();
});

const refused = { code: "InvalidAccessKeyId" };

describe("CreateAccessKey", () => {
  test("makes a key that signs at once, on every instance", async () => {
    const made = await one.api.CreateAccessKey({ user: "ada", admin: true });
    expect(made.accessKeyId).toMatch(/^HF[A-Z2-7]{18}$/);
    expect(made.secretAccessKey).toMatch(/^[A-Za-z0-9_-]{40}$/);
    for (const { handlers } of [one, two]) {
      const { output, body } = await handlers.GetSigningKey({ accessKeyId: made.accessKeyId, ...scope() }, call());
      expect(output).toMatchObject({ user: "ada", admin: true });
      expect(body).toEqual(deriveSigningKey(made.secretAccessKey, scope()));
    }
  });

  test("gives a user two keys and not a third, however many ask at once", async () => {
    const asked = Array.from({ length: 10 }, (_, i) =>
      (i % 2 ? one : two).handlers.CreateAccessKey({ user: "crowd", admin: false }, call()),
    );
    const answers = await Promise.allSettled(asked);
    expect(answers.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(2);
    const { accessKeys } = await one.api.ListAccessKeys({ user: "crowd" });
    expect(accessKeys.length).toBe(answers.filter(({ status }) => status === "fulfilled").length);
    while ((await one.api.ListAccessKeys({ user: "crowd" })).accessKeys.length < 2) {
      await one.api.CreateAccessKey({ user: "crowd" });
    }
    await expect(one.api.CreateAccessKey({ user: "crowd" })).rejects.toMatchObject({ code: "LimitExceeded" });
  });
});

describe("RotateAccessKey", () => {
  test("makes a second key of the same user while the first goes on working", async () => {
    const first = await one.api.CreateAccessKey({ user: "rita", admin: true });
    const second = await one.api.RotateAccessKey({ accessKeyId: first.accessKeyId });
    expect(second).toMatchObject({ user: "rita", admin: true, status: "Active" });
    for (const { accessKeyId } of [first, second]) {
      await expect(two.handlers.GetSigningKey({ accessKeyId, ...scope() }, call())).resolves.toBeDefined();
    }
    await expect(one.api.RotateAccessKey({ accessKeyId: first.accessKeyId })).rejects.toMatchObject({
      code: "LimitExceeded",
    });
    await one.api.DeleteAccessKey({ accessKeyId: first.accessKeyId });
    await expect(one.api.RotateAccessKey({ accessKeyId: second.accessKeyId })).resolves.toBeDefined();
  });

  test("answers InvalidAccessKeyId for a key that is not there", async () => {
    await expect(one.api.RotateAccessKey({ accessKeyId: "HFnobody" })).rejects.toMatchObject(refused);
  });
});

describe("UpdateAccessKey", () => {
  test("disables and enables a key for every instance at once", async () => {
    const { accessKeyId } = await one.api.CreateAccessKey({ user: "dora" });
    const sign = () => two.handlers.GetSigningKey({ accessKeyId, ...scope() }, call());
    await sign();
    for (let round = 0; round < 5; round++) {
      const disabled = await one.handlers.UpdateAccessKey({ accessKeyId, status: "Inactive" }, call());
      expect(disabled.status).toBe("Inactive");
      await expect(sign()).rejects.toMatchObject(refused);
      await one.handlers.UpdateAccessKey({ accessKeyId, status: "Active" }, call());
      await sign();
    }
  });

  test("settles writers that race, and a deletion wins over them", async () => {
    const { accessKeyId } = await one.api.CreateAccessKey({ user: "race" });
    const writers = Array.from({ length: 6 }, (_, i) =>
      (i % 2 ? one : two).handlers.UpdateAccessKey({ accessKeyId, status: i % 3 ? "Inactive" : "Active" }, call()),
    );
    const outcomes = await Promise.allSettled([...writers, one.handlers.DeleteAccessKey({ accessKeyId }, call())]);
    expect(outcomes.at(-1)?.status).toBe("fulfilled");
    const { accessKeys } = await two.handlers.ListAccessKeys({ user: "race" }, call());
    expect(accessKeys).toEqual([]);
  });
});

describe("DeleteAccessKey", () => {
  test("refuses the key on every instance at once, and the key can be imported anew", async () => {
    const { accessKeyId } = await one.api.CreateAccessKey({ user: "gone" });
    await one.handlers.DeleteAccessKey({ accessKeyId }, call());
    await expect(two.handlers.GetSigningKey({ accessKeyId, ...scope() }, call())).rejects.toMatchObject(refused);
    await expect(one.api.DeleteAccessKey({ accessKeyId })).rejects.toMatchObject(refused);
    const again = { accessKeyId, secretAccessKey: "another-secret", user: "gone", admin: false };
    expect(await two.handlers.ImportAccessKeys({ accessKeys: [again] }, call())).toEqual({ imported: 1 });
    const { body } = await one.handlers.GetSigningKey({ accessKeyId, ...scope() }, call());
    expect(body).toEqual(deriveSigningKey("another-secret", scope()));
  });
});

describe("ListAccessKeys", () => {
  test("shows no secret, encrypted or not", async () => {
    await one.api.CreateAccessKey({ user: "listed" });
    const { accessKeys } = await two.api.ListAccessKeys({ user: "listed" });
    expect(accessKeys.map((key) => Object.keys(key).sort())).toEqual([
      ["accessKeyId", "admin", "createdAt", "status", "user"],
    ]);
  });
});

describe("ImportAccessKeys", () => {
  const weird = ["a.b", "c*>", "ключ", "  ".trim() || "...", "$KV.x.>", "x".repeat(128), "a\\b\"c'"].map(
    (accessKeyId, i) => ({
      accessKeyId,
      secretAccessKey: `secret-${i}-secret`,
      user: `imported${i}`,
      admin: false,
    }),
  );

  test("takes in access keys of any characters that the contract allows", async () => {
    expect(await one.api.ImportAccessKeys({ accessKeys: weird })).toEqual({ imported: weird.length });
    for (const { accessKeyId, secretAccessKey } of weird) {
      const { body } = await two.handlers.GetSigningKey({ accessKeyId, ...scope() }, call());
      expect(body).toEqual(deriveSigningKey(secretAccessKey, scope()));
    }
  });

  test("changes nothing the second time, and a changed secret at once", async () => {
    await one.api.ImportAccessKeys({ accessKeys: weird });
    const before = await one.handlers.GetSigningKey({ accessKeyId: "a.b", ...scope() }, call());
    expect(await two.api.ImportAccessKeys({ accessKeys: weird })).toEqual({ imported: 0 });
    const after = await one.handlers.GetSigningKey({ accessKeyId: "a.b", ...scope() }, call());
    expect(after.output.revision).toBe(before.output.revision);

    const changed = {
      ...weird[0],
      accessKeyId: "a.b",
      secretAccessKey: "changed-secret",
      user: "imported0",
      admin: false,
    };
    expect(await two.api.ImportAccessKeys({ accessKeys: [changed] })).toEqual({ imported: 1 });
    const { body } = await one.handlers.GetSigningKey({ accessKeyId: "a.b", ...scope() }, call());
    expect(body).toEqual(deriveSigningKey("changed-secret", scope()));
  });

  test("leaves a disabled key disabled", async () => {
    const key = { accessKeyId: "stays-off", secretAccessKey: "12345678", user: "off", admin: false };
    await one.api.ImportAccessKeys({ accessKeys: [key] });
    await one.api.UpdateAccessKey({ accessKeyId: key.accessKeyId, status: "Inactive" });
    await one.api.ImportAccessKeys({ accessKeys: [{ ...key, secretAccessKey: "87654321" }] });
    await expect(two.api.GetSigningKey({ accessKeyId: key.accessKeyId, ...scope() })).rejects.toMatchObject(refused);
  });
});

describe("GetSigningKey", () => {
  test("answers InvalidAccessKeyId for a flood of unknown keys with few reads of the store", async () => {
    // what the tests before changed is read now, not by the flood
    const first = one.handlers.GetSigningKey({ accessKeyId: "guess", ...scope() }, call());
    await expect(first).rejects.toMatchObject({ code: "InvalidAccessKeyId" });
    const before = one.nc.stats().outMsgs;
    const flood = Array.from({ length: 2000 }, (_, i) =>
      one.handlers.GetSigningKey({ accessKeyId: `guess${i}`, ...scope() }, call()),
    );
    const answers = await Promise.allSettled(flood);
    expect(answers.every((answer) => answer.status === "rejected" && answer.reason.code === "InvalidAccessKeyId")).toBe(
      true,
    );
    expect(one.nc.stats().outMsgs - before).toBeLessThan(10);
  });

  test.for([-9, 2, 400])("gives no key for a day %d days off", async (days) => {
    const { accessKeyId } = await anyKey();
    const date = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
    await expect(one.api.GetSigningKey({ accessKeyId, ...scope(), date })).rejects.toMatchObject(refused);
  });

  test.for([-7, -1, 1])(
    "gives the key of a day %d days off, as presigned URLs and clocks that are ahead need",
    async (days) => {
      const { accessKeyId } = await anyKey();
      const date = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
      await expect(one.api.GetSigningKey({ accessKeyId, ...scope(), date })).resolves.toBeDefined();
    },
  );
});

describe("a change", () => {
  test("is pushed with its revision before the caller hears that it is done, and within a second in any case", async () => {
    const edge = await nats.connect();
    const heard: (AuthChanged & { at: number })[] = [];
    edge.subscribe(authChangedSubject, {
      callback: (_error, message) => void heard.push({ ...AuthChanged.parse(message.json()), at: performance.now() }),
    });
    await edge.flush();

    const { accessKeyId } = await one.api.CreateAccessKey({ user: "pushed" });
    const begun = performance.now();
    await one.handlers.UpdateAccessKey({ accessKeyId, status: "Inactive" }, call());
    const { revision } = (await anySigned(one)).output;
    const push = await waitFor(() =>
      heard.find((change) => change.accessKeyId === accessKeyId && change.revision === revision),
    );
    expect(push.at - begun).toBeLessThan(1000);

    // the other instance saw it too and says so: the first one may die between its write and its push
    await waitFor(
      () => heard.filter((change) => change.accessKeyId === accessKeyId && change.revision === revision).length === 2,
    );
    const heartbeats = await waitFor(() => {
      const beats = heard.filter((change) => change.accessKeyId === undefined && change.revision === revision);
      return beats.length >= 4 && beats;
    });
    expect(heartbeats.length).toBeGreaterThanOrEqual(4);
  });
});

type AuthChanged = { revision: number; accessKeyId?: string | undefined };

async function anyKey() {
  const accessKeyId = "any-key";
  await one.api.ImportAccessKeys({
    accessKeys: [{ accessKeyId, secretAccessKey: "any-secret", user: "any", admin: false }],
  });
  return { accessKeyId };
}

async function anySigned({ handlers }: Instance) {
  const { accessKeys } = await handlers.ListAccessKeys({}, call());
  const active = accessKeys.find(({ status }) => status === "Active");
  return handlers.GetSigningKey({ accessKeyId: active?.accessKeyId ?? "", ...scope() }, call());
}
