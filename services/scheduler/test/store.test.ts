/** The store of objects over a real nats-server. */
import { createLogger } from "@holdfast/runtime";
import { startNats } from "@holdfast/testkit";
import { expect, test } from "vitest";
import { openKvObjectStore } from "../src/adapters/kv-object-store.ts";
import { newHostRecord } from "../src/domain/lost-lives.ts";
import { keyOf } from "../src/domain/records.ts";

const options = { replicas: 1, log: createLogger("scheduler", "silent"), now: Date.now };

test("a change that was told while nobody waited for one is not waited for", async () => {
  await using nats = await startNats();
  const [readers, writers] = [await nats.connect(), await nats.connect()];
  const reader = await openKvObjectStore(readers, options);
  const writer = await openKvObjectStore(writers, options);
  const record = newHostRecord("h1", "hf0000000000000001", 1);
  await writer.put(keyOf(record), record, 0);
  // what was published before is here when the answer to the ping is
  await readers.flush();
  const begun = performance.now();
  await reader.changed(reader.revision, 30_000);
  expect(performance.now() - begun).toBeLessThan(10_000);
  await reader.refresh();
  expect(reader.view.size("Host")).toBe(1);
  reader.close();
  writer.close();
});
