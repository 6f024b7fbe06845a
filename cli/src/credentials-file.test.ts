import { describe, expect, test } from "vitest";
import { parseCredentials } from "./credentials-file.ts";
import { UsageError } from "./errors.ts";

const file = (...credentials: object[]) => JSON.stringify({ credentials });
const good = { accessKey: "AKIAEXAMPLE", secretKey: "a-long-secret" };

function problemOf(text: string): string {
  try {
    parseCredentials(text, "keys.json");
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "accepted";
}

describe("a credentials file", () => {
  test("gives its keys in order", () => {
    const other = { accessKey: "abc", secretKey: "12345678" };
    expect(parseCredentials(file(good, other), "keys.json")).toEqual([
      { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "a-long-secret" },
      { accessKeyId: "abc", secretAccessKey: "12345678" },
    ]);
  });

  test.for([
    ["a key of 2 characters", { accessKey: "ab", secretKey: "12345678" }, "accessKey has fewer than 3 characters"],
    ["a key with =", { accessKey: "a=b", secretKey: "12345678" }, "accessKey holds = or ,"],
    ["a key with a comma", { accessKey: "a,b", secretKey: "12345678" }, "accessKey holds = or ,"],
    ["a key with a slash", { accessKey: "a/b", secretKey: "12345678" }, "accessKey holds a blank or a slash"],
    ["a key with a blank", { accessKey: "a bc", secretKey: "12345678" }, "accessKey holds a blank or a slash"],
    ["a secret of 7 characters", { accessKey: "abc", secretKey: "1234567" }, "secretKey has fewer than 8 characters"],
    ["no secret", { accessKey: "abc" }, "secretKey is missing"],
    ["a number for a key", { accessKey: 7, secretKey: "12345678" }, "accessKey is missing"],
  ] as const)("refuses %s, naming the entry", ([, entry, problem]) => {
    expect(problemOf(file(good, entry))).toBe(`--credentials: keys.json: entry 2: ${problem}`);
  });

  test("refuses the same key twice, naming both entries", () => {
    expect(problemOf(file(good, { ...good, secretKey: "another-secret" }))).toContain(
      "entry 2: accessKey is the same as in entry 1",
    );
  });

  test("tells every problem at once", () => {
    const problem = problemOf(file({ accessKey: "a", secretKey: "short" }, good, { secretKey: "12345678" }));
    expect(problem).toMatch(/entry 1: accessKey.*entry 1: secretKey.*entry 3: accessKey/);
  });

  test.for([
    ["no JSON", '{"credentials":[{"accessKey":"abc","secretKey":"topsecret1"'],
    ["a list", "[]"],
    ["an empty list of credentials", '{"credentials":[]}'],
    ["no credentials", "{}"],
  ] as const)("refuses %s and says what the form is", ([, text]) => {
    expect(problemOf(text)).toMatch(/^--credentials: keys\.json.*\{"credentials":\[\{"accessKey":"\.\.\."/);
  });

  test("never repeats a secret in a message", () => {
    const secret = "topsecret1";
    for (const text of [`{"credentials":[{"secretKey":"${secret}"`, file({ accessKey: "a", secretKey: secret })]) {
      expect(problemOf(text)).not.toContain(secret);
    }
  });
});
