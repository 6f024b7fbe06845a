import { describe, expect, test } from "vitest";
import { closingLine, countTests } from "./test-report.ts";

const file = (status: string, ...tests: string[]) => ({
  name: "a.test.ts",
  status,
  assertionResults: tests.map((status) => ({ status, fullName: "a test" })),
});
const report = (success: boolean, ...testResults: object[]) => JSON.stringify({ success, testResults });

describe("the closing line of a test run", () => {
  test("counts tests over all files", () => {
    const json = report(
      false,
      file("passed", "passed", "passed"),
      file("failed", "passed", "failed", "skipped", "todo"),
    );
    expect(closingLine(countTests(json))).toBe("3 passed, 1 failed, 2 skipped");
  });

  test("leaves out skipped when there are none", () => {
    expect(closingLine(countTests(report(true, file("passed", "passed"))))).toBe("1 passed, 0 failed");
  });

  test("counts a file that did not load as a failure", () => {
    expect(closingLine(countTests(report(false, file("failed"), file("passed", "passed"))))).toBe("1 passed, 1 failed");
  });

  test("never says 0 failed of a run that failed outside of its tests", () => {
    expect(closingLine(countTests(report(false, file("passed", "passed"))))).toBe("1 passed, 1 failed");
  });
});
