import { describe, expect, test } from "vitest";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import { requestHeaders } from "./headers.ts";
import { parseQuery } from "./query.ts";

describe("parseQuery", () => {
  test("reads names without values, empty values, pluses and escapes", () => {
    const query = parseQuery("acl&prefix=a+b%2Bc&delimiter=&%70=1&&x=1=2");
    expect(query.parameters).toEqual([
      { name: "acl", value: "", hasValue: false },
      { name: "prefix", value: "a b+c", hasValue: true },
      { name: "delimiter", value: "", hasValue: true },
      { name: "p", value: "1", hasValue: true },
      { name: "x", value: "1=2", hasValue: true },
    ]);
    expect(query.get("acl")).toBe("");
    expect(query.get("missing")).toBeUndefined();
    expect(query.has("Acl")).toBe(false);
  });

  test("knows nothing of an object's inherited names", () => {
    const query = parseQuery("__proto__=x");
    expect(query.get("__proto__")).toBe("x");
    expect(query.get("toString")).toBeUndefined();
  });

  test("takes a parameter given twice only when both say the same", () => {
    expect(parseQuery("prefix=a&prefix=a").get("prefix")).toBe("a");
    expectS3Error("InvalidArgument", () => parseQuery("prefix=a&prefix=b").get("prefix"));
  });

  test.for(["a=%", "a=%g0", "%ff=1", "a=%c3"])("refuses %s with InvalidURI", (raw) => {
    expectS3Error("InvalidURI", () => parseQuery(raw));
  });
});

describe("requestHeaders", () => {
  test("compares names without case and joins repeated ones by commas", () => {
    const headers = requestHeaders([
      ["X-Amz-Meta-A", "1"],
      ["x-amz-meta-a", "2"],
    ]);
    expect(headers.get("x-AMZ-meta-a")).toBe("1,2");
    expect([...headers.names()]).toEqual(["x-amz-meta-a"]);
  });

  test("counts hoisted x-amz-* query parameters as headers, but not those of the signature", () => {
    const query = parseQuery("X-Amz-Acl=private&x-amz-meta-a=b+c&X-Amz-Signature=00&X-Amz-Date=x&prefix=p");
    expect([...requestHeaders([["host", "h"]], query).entries()]).toEqual([
      ["host", "h"],
      ["x-amz-acl", "private"],
      ["x-amz-meta-a", "b c"],
    ]);
  });

  test("ignores checksums in the query, as AWS does: presigners put that of an empty body there", () => {
    const query = parseQuery(
      "x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&x-amz-checksum-mode=ENABLED",
    );
    expect([...requestHeaders([], query).entries()]).toEqual([["x-amz-checksum-mode", "ENABLED"]]);
  });

  test("gives hoisted values the form that header values have: a character per byte", () => {
    const query = parseQuery("x-amz-meta-a=%C3%A4");
    expect(requestHeaders([["x-amz-meta-a", "\u00c3\u00a4"]], query).get("x-amz-meta-a")).toBe("\u00c3\u00a4");
  });

  test("refuses a header and a parameter that differ", () => {
    const query = parseQuery("x-amz-acl=public-read");
    expectS3Error("InvalidArgument", () => requestHeaders([["x-amz-acl", "private"]], query));
    expect(requestHeaders([["x-amz-acl", "public-read"]], query).get("x-amz-acl")).toBe("public-read");
  });
});
