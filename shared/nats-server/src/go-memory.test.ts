import { describe, expect, test } from "vitest";
import { goMemory } from "./go-memory.ts";

const GiB = 1024 ** 3;

describe("nats-server's garbage collector", () => {
  test("runs less often, up to a quarter of the machine's memory", () => {
    expect(goMemory({ PATH: "/bin" }, 24 * GiB)).toEqual({ PATH: "/bin", GOGC: "400", GOMEMLIMIT: "6144MiB" });
  });

  test("has 512 MiB on the smallest machine", () => {
    expect(goMemory({}, GiB)).toMatchObject({ GOMEMLIMIT: "512MiB" });
  });

  test("is left as the operator set it", () => {
    expect(goMemory({ GOGC: "100", GOMEMLIMIT: "off" }, GiB)).toEqual({ GOGC: "100", GOMEMLIMIT: "off" });
  });
});
