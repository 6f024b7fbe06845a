import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { RequestFailed } from "../client/s3-client.ts";
import { runLoad } from "./load.ts";

const bounds = { concurrency: 4, seconds: 10, maxOperations: 20, from: 0 };

describe("runLoad", () => {
  test("counts operations, bytes and the indexes used, with as many at once as it was told", async () => {
    const seen: number[] = [];
    let [atOnce, most] = [0, 0];
    const result = await runLoad(
      async (index) => {
        seen.push(index);
        most = Math.max(most, ++atOnce);
        await sleep(1);
        atOnce--;
        return 10;
      },
      { ...bounds, from: 100 },
    );
    expect(result).toMatchObject({ operations: 20, bytes: 200, errors: {}, next: 120 });
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => 100 + i));
    expect(most).toBe(4);
  });

  test("groups errors by kind and keeps the first in words", async () => {
    const operation = async (index: number) => {
      if (index === 3) throw new Error("odd");
      if (index % 2 === 0) throw new RequestFailed("503 SlowDown", `PUT ${index}: 503 SlowDown`);
      return 1;
    };
    const result = await runLoad(operation, { ...bounds, concurrency: 1 });
    expect(result).toMatchObject({
      operations: 9,
      errors: { "503 SlowDown": 10, failed: 1 },
      problem: "PUT 0: 503 SlowDown",
    });
  });

  test("cuts off what takes longer than the row, without an error", async () => {
    const gone = Promise.withResolvers<never>();
    const cut = { abort: () => gone.reject(new Error("cut")), movedBytes: () => 5 };
    const result = await runLoad(() => gone.promise, { ...bounds, seconds: 0.02 }, cut);
    expect(result).toMatchObject({ operations: 0, errors: {} });
  });
});
