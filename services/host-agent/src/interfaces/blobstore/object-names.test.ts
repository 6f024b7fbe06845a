import { describe, expect, test } from "vitest";
import { memoryBlobStore } from "./memory.ts";
import { objectNamesClass } from "./object-names.ts";
import { blobStoreOperations } from "./operations.ts";

describe("names of objects", () => {
  async function names(count: number) {
    const backend = blobStoreOperations(new Map([["", { backend: memoryBlobStore(), config: {} }]]));
    await backend.createContainer("c");
    for (let i = 0; i < count; i++) {
      await backend.finishWrite(await backend.openWrite("c", `n${String(i).padStart(5, "0")}`));
    }
    const StreamObjectNames = objectNamesClass(backend);
    return new StreamObjectNames("c");
  }

  test("are read and skipped in pieces over the pages of the backend", async () => {
    const stream = await names(2_500);
    expect(await stream.readStreamObjectNames(2n)).toEqual([["n00000", "n00001"], false]);
    expect(await stream.skipStreamObjectNames(1_500n)).toEqual([1_500n, false]);
    expect(await stream.readStreamObjectNames(0n)).toEqual([[], false]);
    const [rest, isEnd] = await stream.readStreamObjectNames(2n ** 64n - 1n);
    expect([rest.length, rest[0], isEnd]).toEqual([998, "n01502", true]);
    expect(await stream.skipStreamObjectNames(5n)).toEqual([0n, true]);
  });

  test("of an empty container end at once", async () => {
    expect(await (await names(0)).readStreamObjectNames(10n)).toEqual([[], true]);
  });
});
