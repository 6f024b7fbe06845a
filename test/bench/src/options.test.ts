import { describe, expect, test } from "vitest";
import { readOptions, UsageError } from "./options.ts";

const names = (...args: string[]) => readOptions(args).plan.map(({ row }) => row.name);

describe("the options", () => {
  test("leave the long rows out unless asked for", () => {
    expect(names()).not.toContain("LIST 1000 of 1000000 keys");
    expect(names("--full")).toContain("LIST 1000 of 1000000 keys");
    expect(names("--rows", "of 1000000 keys with a prefix")).toEqual(["LIST 1000 of 1000000 keys with a prefix"]);
  });

  test("choose rows by name, size and concurrency", () => {
    expect(names("--rows", "PUT,HEAD", "--sizes", "4KiB")).toEqual(["PUT 4KiB", "HEAD 4KiB", "PUT 1GiB"]);
    expect(readOptions(["--rows", "GET 64MiB", "--concurrency", "1,4"]).plan[0]?.concurrency).toEqual([1, 4]);
  });

  test("take settings for the mesh", () => {
    expect(readOptions(["--set", "HOLDFAST_EDGE_PROCESSES=2,A=b=c"]).settings).toEqual({
      HOLDFAST_EDGE_PROCESSES: "2",
      A: "b=c",
    });
    expect(readOptions([]).settings).toEqual({});
  });

  test.for([
    [["--seconds", "soon"], /--seconds: not a positive number/],
    [["--sizes", "2KiB"], /no such size: 2KiB; there are 1KiB/],
    [["--rows", "nothing"], /no row is called so/],
    [["--endpoint", "nowhere"], /not a URL/],
    [["--endpoint", "http://x", "--compare", "main"], /leave --endpoint out/],
    [["--compare", "main", "--write", "x"], /leave --write/],
    [["--endpoint", "http://x", "--set", "A=1"], /leave --endpoint out/],
    [["--set", "A=1,processes"], /--set: not NAME=VALUE: processes/],
    [["--output", "xml"], /table or json/],
    [["--fast"], /--fast/],
  ] as const)("refuse %j with the reason", ([args, problem]) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(problem);
  });
});
