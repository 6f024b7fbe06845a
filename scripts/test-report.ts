/** Reads vitest's JSON report: how many tests passed, failed and were skipped. */
import { z } from "zod";

const Report = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

export type TestCounts = { passed: number; failed: number; skipped: number };

/**
 * Counts what the report lists. A file that could not be loaded (no failed test in it, but failed itself) counts as one failed
 * test, and so does a run that failed outside of any test: a closing line must never say "0 failed" about a failed run.
 */
export function countTests(json: string): TestCounts {
  const { success, testResults } = Report.parse(JSON.parse(json));
  const counts: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of testResults) {
    let failedHere = 0;
    for (const { status } of assertionResults) {
      if (status === "passed") counts.passed += 1;
      else if (status === "failed") failedHere += 1;
      else counts.skipped += 1;
    }
    counts.failed += failedHere === 0 && status === "failed" ? 1 : failedHere;
  }
  if (!success && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** The line that CI reads: `N passed, N failed`. */
export function closingLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
