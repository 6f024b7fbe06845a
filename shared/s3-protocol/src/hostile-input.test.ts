/**
 * What a client can put into 32 KB of headers must not keep the process from everybody else. The bound is far above what these
 * take (well under 20 ms), and far below what they took where a pattern went through the same text again and again.
 */
import { expect, test } from "vitest";
import { parseDeclaredChecksum } from "./checksums/headers.ts";
import { parseRange } from "./objects/range.ts";
import { requestHeaders } from "./requests/headers.ts";
import { parseQuery } from "./requests/query.ts";

const length = 200_000;

function millisecondsOf(work: () => unknown): number {
  const began = process.cpuUsage();
  try {
    work();
  } catch {
    // refused: as good an end as any
  }
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

test.for([
  ["a Range of blanks", () => parseRange(`bytes=${" ".repeat(length)}x`, 1)],
  ["a Range of blanks around its dash", () => parseRange(`bytes=1${" ".repeat(length)}-${" ".repeat(length)}x`, 1)],
  [
    "a list of trailers that is all commas",
    () =>
      parseDeclaredChecksum(requestHeaders([["x-amz-trailer", `${",".repeat(length)}x`]]), { streamingTrailer: true }),
  ],
  [
    "a query of thousands of headers",
    () => requestHeaders([], parseQuery(Array.from({ length: length / 10 }, (_, i) => `x-amz-${i}=1`).join("&"))),
  ],
] as const)("%s is done with quickly", ([, work]) => {
  expect(millisecondsOf(work)).toBeLessThan(2_000);
});
