import { describe, expect, test } from "vitest";
import { requestHeaders } from "../requests/headers.ts";
import { expectS3Error, outcomeOf } from "../testing/expect-s3-error.ts";
import { checkCopySourceConditions, evaluateReadConditions, parseWriteConditions, rangeApplies } from "./conditions.ts";
import { formatHttpDate, parseHttpDate } from "./http-date.ts";

const etag = "d41d8cd98f00b204e9800998ecf8427e";
const object = { etag, lastModified: Date.parse("2026-11-21T09:00:00.789Z") };
const same = "Sat, 21 Nov 2026 09:00:00 GMT";
const earlier = "Sat, 21 Nov 2026 08:59:59 GMT";
const later = "Sat, 21 Nov 2026 09:00:01 GMT";
const headersOf = (headers: Record<string, string>) => requestHeaders(Object.entries(headers));

describe("evaluateReadConditions", () => {
  test.for([
    [{}, "proceed"],
    [{ "if-match": `"${etag}"` }, "proceed"],
    [{ "if-match": etag }, "proceed"],
    [{ "if-match": "*" }, "proceed"],
    [{ "if-match": `"a", "${etag}"` }, "proceed"],
    [{ "if-match": '"a"' }, "PreconditionFailed"],
    [{ "if-match": `W/"${etag}"` }, "PreconditionFailed"],
    [{ "if-match": '"*"' }, "PreconditionFailed"],
    [{ "if-match": "" }, "PreconditionFailed"],
    [{ "if-none-match": `"${etag}"` }, "notModified"],
    [{ "if-none-match": etag }, "notModified"],
    [{ "if-none-match": `W/"${etag}"` }, "notModified"],
    [{ "if-none-match": `"a","${etag}"` }, "notModified"],
    [{ "if-none-match": "*" }, "notModified"],
    [{ "if-none-match": '"a"' }, "proceed"],
    [{ "if-modified-since": same }, "notModified"],
    [{ "if-modified-since": later }, "notModified"],
    [{ "if-modified-since": earlier }, "proceed"],
    [{ "if-modified-since": "yesterday" }, "proceed"],
    [{ "if-unmodified-since": same }, "proceed"],
    [{ "if-unmodified-since": later }, "proceed"],
    [{ "if-unmodified-since": earlier }, "PreconditionFailed"],
    [{ "if-unmodified-since": "2026-11-21" }, "proceed"],
    // The combinations that S3 documents.
    [{ "if-match": etag, "if-unmodified-since": earlier }, "proceed"],
    [{ "if-none-match": etag, "if-modified-since": earlier }, "notModified"],
    [{ "if-none-match": '"a"', "if-modified-since": later }, "proceed"],
    [{ "if-match": '"a"', "if-none-match": etag }, "PreconditionFailed"],
    [{ "if-match": etag, "if-none-match": etag }, "notModified"],
    [{ "if-match": etag, "if-modified-since": same }, "notModified"],
    [{ "if-unmodified-since": earlier, "if-none-match": etag }, "PreconditionFailed"],
  ] as const)("answers %o with %s", ([headers, outcome]) => {
    expect(outcomeOf(() => evaluateReadConditions(headersOf(headers), object))).toBe(outcome);
  });

  test("names the condition that failed", () => {
    const { fields } = expectS3Error("PreconditionFailed", () =>
      evaluateReadConditions(headersOf({ "if-match": "x" }), object),
    );
    expect(fields).toEqual({ Condition: "If-Match" });
  });
});

describe("checkCopySourceConditions", () => {
  test.for([
    [{ "x-amz-copy-source-if-match": etag, "x-amz-copy-source-if-unmodified-since": earlier }, true],
    [{ "x-amz-copy-source-if-none-match": etag, "x-amz-copy-source-if-modified-since": earlier }, false],
    [{ "x-amz-copy-source-if-match": "x" }, false],
    [{ "x-amz-copy-source-if-none-match": "x" }, true],
    [{ "x-amz-copy-source-if-modified-since": same }, false],
    [{ "x-amz-copy-source-if-unmodified-since": same }, true],
    [{ "if-match": "x" }, true],
  ] as const)("judges %o: %s", ([headers, proceeds]) => {
    const outcome = outcomeOf(() => checkCopySourceConditions(headersOf(headers), object));
    expect(outcome).toBe(proceeds ? undefined : "PreconditionFailed");
  });
});

describe("rangeApplies", () => {
  test.for([
    [{}, true],
    [{ "if-range": `"${etag}"` }, true],
    [{ "if-range": same }, true],
    [{ "if-range": `W/"${etag}"` }, false],
    [{ "if-range": '"a"' }, false],
    [{ "if-range": `"a", "${etag}"` }, false],
    [{ "if-range": "*" }, false],
    [{ "if-range": later }, false],
    [{ "if-range": earlier }, false],
  ] as const)("judges %o: %s", ([headers, applies]) => {
    expect(rangeApplies(headersOf(headers), object)).toBe(applies);
  });
});

describe("parseWriteConditions", () => {
  test.for([
    [{}, {}],
    [{ "if-none-match": "*" }, { ifNoneMatch: "*" }],
    [{ "if-none-match": '"*"' }, { ifNoneMatch: "*" }],
    [{ "if-match": `"${etag}"` }, { ifMatch: etag }],
    [{ "if-match": etag }, { ifMatch: etag }],
    [{ "if-match": "*" }, { ifMatch: "*" }],
  ] as const)("reads %o", ([headers, conditions]) => {
    expect(parseWriteConditions(headersOf(headers))).toEqual(conditions);
  });

  test.for([
    { "if-none-match": `"${etag}"` },
    { "if-none-match": "" },
    { "if-match": etag, "if-none-match": "*" },
    { "if-match": '"a", "b"' },
    { "if-match": "" },
    { "if-match": "x".repeat(257) },
  ])("answers NotImplemented to %o", (headers) => {
    expectS3Error("NotImplemented", () => parseWriteConditions(headersOf(headers)));
  });

  test("keeps a weak tag weak, so that it matches nothing", () => {
    expect(parseWriteConditions(headersOf({ "if-match": `W/"${etag}"` }))).toEqual({ ifMatch: `W/"${etag}"` });
  });
});

describe("HTTP dates", () => {
  const time = Date.parse("1994-11-06T08:49:37Z");
  test.for(["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])(
    "are read in the form %s",
    (value) => {
      expect(parseHttpDate(value)).toBe(time);
    },
  );
  test.for(["", "0", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 +0100", "Sun, 06 Xyz 1994 08:49:37 GMT"])(
    "are not read in the form %j",
    (value) => {
      expect(parseHttpDate(value)).toBeUndefined();
    },
  );
  test("are written as IMF-fixdate", () => {
    expect(formatHttpDate(time)).toBe("Sun, 06 Nov 1994 08:49:37 GMT");
  });
});
