import { S3EventMessage } from "@holdfast/contracts";
import { describe, expect, test } from "vitest";
import { codeOf, put, startBench } from "./support.ts";

type Seen = { subject: string; event: S3EventMessage["Records"][number] };

/** What is told while `work` runs; a flush of the teller's connection puts an end to it. */
async function eventsOf(
  env: Record<string, string>,
  work: (bench: Awaited<ReturnType<typeof startBench>>) => Promise<void>,
) {
  await using bench = await startBench(env);
  const seen: Seen[] = [];
  const listener = await bench.nats.connect();
  listener.subscribe("holdfast.events.s3.>", {
    callback(_, message) {
      const [event] = S3EventMessage.parse(message.json()).Records;
      if (event !== undefined) seen.push({ subject: message.subject, event });
    },
  });
  await listener.flush();
  await bench.api.CreateBucket({ bucket: "b.c", owner: "ann" });
  await work(bench);
  await bench.nc.flush();
  await listener.flush();
  await listener.close();
  return seen;
}

describe("changes of objects", () => {
  test("are told one by one, in order, with what is needed to fetch the object", async () => {
    const seen = await eventsOf({}, async ({ api }) => {
      const { etag } = await put(api, "a b", "one", {}, "b.c");
      await put(api, "a b", "two!", {}, "b.c");
      await api.PutObjectTagging({ bucket: "b.c", key: "a b", tags: [{ key: "k", value: "v" }] });
      await api.PutObjectTagging({ bucket: "b.c", key: "a b", tags: [] });
      await api.DeleteObject({ bucket: "b.c", key: "a b" });
      expect(etag).toHaveLength(32);
    });
    expect(seen.map(({ subject }) => subject)).toEqual(
      [
        "ObjectCreated.Put",
        "ObjectCreated.Put",
        "ObjectTagging.Put",
        "ObjectTagging.Delete",
        "ObjectRemoved.Delete",
      ].map((event) => `holdfast.events.s3.b_c.${event}`),
    );
    expect(seen[1]?.event.s3).toMatchObject({ bucket: { name: "b.c" }, object: { key: "a+b", size: 4 } });
    const sequencers = seen.map(({ event }) => event.s3.object.sequencer);
    expect(sequencers).toEqual([...new Set(sequencers)].toSorted());
  });

  test("that did not happen are not told: a refused write, a delete of nothing", async () => {
    const seen = await eventsOf({}, async ({ api }) => {
      await put(api, "k", "one", { ifNoneMatch: "*" }, "b.c");
      expect(await codeOf(put(api, "k", "two", { ifNoneMatch: "*" }, "b.c"))).toBe("PreconditionFailed");
      await api.DeleteObject({ bucket: "b.c", key: "nothing" });
    });
    expect(seen).toHaveLength(1);
  });

  test("are not told when the operator does not want it", async () => {
    expect(
      await eventsOf({ HOLDFAST_S3_EVENTS: "false" }, async ({ api }) => void (await put(api, "k", "x", {}, "b.c"))),
    ).toEqual([]);
  });
});
