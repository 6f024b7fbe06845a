import { expect, test } from "vitest";
import { MultipartConfig, sweepIntervalMs } from "./config.ts";

test("the configuration has defaults: 7 days to complete, a day to ask again", () => {
  expect(MultipartConfig.parse({})).toEqual({
    HOLDFAST_UPLOAD_EXPIRY: 604_800_000,
    HOLDFAST_COMPLETED_RETENTION: 86_400_000,
    HOLDFAST_MULTIPART_REPLICAS: 1,
  });
});

test("the configuration names every problem at once", () => {
  const { error } = MultipartConfig.safeParse({
    HOLDFAST_UPLOAD_EXPIRY: "soon",
    HOLDFAST_COMPLETED_RETENTION: "10ms",
    HOLDFAST_MULTIPART_REPLICAS: "2",
  });
  expect(error?.issues.map(({ path, message }) => [path.join("."), message])).toEqual([
    ["HOLDFAST_UPLOAD_EXPIRY", '"soon" is no duration of at least 1 ms such as 90s, 5m or 7d'],
    ["HOLDFAST_COMPLETED_RETENTION", '"10ms" is no duration of at least 1000 ms such as 90s, 5m or 7d'],
    ["HOLDFAST_MULTIPART_REPLICAS", "must be 1, 3 or 5"],
  ]);
});

test.for([
  [500, 1_000],
  [60_000, 6_000],
  [604_800_000, 600_000],
] as const)("an expiry of %d ms is looked after every %d ms", ([expiryMs, intervalMs]) => {
  expect(sweepIntervalMs(expiryMs)).toBe(intervalMs);
});
