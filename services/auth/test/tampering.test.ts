/** What somebody can do who writes to the key store's stream past auth, or puts it back to an earlier state. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { startNats, temporaryFolder } from "@holdfast/testkit";
import { join } from "node:path";
import { expect, test } from "vitest";
import { call, type Instance, scope, startInstance } from "./instance.ts";

const stream = "KV_holdfast-auth";
const subjectOf = (accessKeyId: string) => `$KV.holdfast-auth.key.${Buffer.from(accessKeyId).toString("base64url")}`;

const signingKey = ({ handlers }: Instance, accessKeyId: string) =>
  handlers.GetSigningKey({ accessKeyId, ...scope() }, call());

test.for([{ admin: true }, { user: "ada" }, { status: "Active" }])(
  "a key whose entry was changed to %o does not work, and neither locks out others nor keeps auth from starting",
  async (change) => {
    await using nats = await startNats();
    await using folder = await temporaryFolder();
    const file = join(folder.path, "master.key");
    await using first = await startInstance(nats, file);
    const [ada, eve] = await Promise.all(["ada", "eve"].map((user) => first.api.CreateAccessKey({ user })));
    const { accessKeyId } = await first.api.UpdateAccessKey({
      accessKeyId: eve?.accessKeyId ?? "",
      status: "Inactive",
    });

    const js = jetstream(first.nc);
    const manager = await jetstreamManager(first.nc);
    const stored = await manager.streams.getMessage(stream, { last_by_subj: subjectOf(accessKeyId) });
    await js.publish(
      subjectOf(accessKeyId),
      JSON.stringify({ ...stored?.json<object>(), status: "Active", ...change }),
    );

    await using second = await startInstance(nats, file);
    for (const instance of [first, second]) {
      await expect(signingKey(instance, accessKeyId)).rejects.toThrow(/authenticate/);
      await expect(signingKey(instance, ada?.accessKeyId ?? "")).resolves.toMatchObject({ output: { user: "ada" } });
    }
    const again = { accessKeyId, secretAccessKey: eve?.secretAccessKey ?? "", user: "eve", admin: false };
    expect(await first.api.ImportAccessKeys({ accessKeys: [again] })).toEqual({ imported: 1 });
    await expect(signingKey(first, accessKeyId)).resolves.toMatchObject({ output: { user: "eve", admin: false } });
  },
);

test("a revocation counts, and other keys go on working, after the store was put back to an earlier state", async () => {
  await using nats = await startNats();
  await using folder = await temporaryFolder();
  await using instance = await startInstance(nats, join(folder.path, "master.key"));
  const { accessKeyId } = await instance.api.CreateAccessKey({ user: "ada" });
  const later = await instance.api.CreateAccessKey({ user: "eve" });
  await instance.api.CreateAccessKey({ user: "rita" });

  const manager = await jetstreamManager(instance.nc);
  const { config, state } = await manager.streams.info(stream);
  const kept = [];
  for (let seq = 1; seq <= state.last_seq - 2; seq++) kept.push(await manager.streams.getMessage(stream, { seq }));
  await manager.streams.delete(stream);
  await manager.streams.add(config);
  for (const message of kept) {
    if (message !== null) await jetstream(instance.nc).publish(message.subject, message.data);
  }

  await expect(signingKey(instance, later.accessKeyId)).rejects.toMatchObject({ code: "InvalidAccessKeyId" });
  await expect(signingKey(instance, accessKeyId)).resolves.toBeDefined();
  await instance.api.UpdateAccessKey({ accessKeyId, status: "Inactive" });
  await expect(signingKey(instance, accessKeyId)).rejects.toMatchObject({ code: "InvalidAccessKeyId" });
});
