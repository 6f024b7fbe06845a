import { expect } from "vitest";
import { isS3Error, type S3Error, type S3ErrorCode } from "../errors.ts";

/** Runs something that must throw this S3 error, and returns the error. */
export function expectS3Error(code: S3ErrorCode, run: () => unknown): S3Error {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ name: "S3Error", code });
  if (!isS3Error(thrown)) throw new TypeError("not an S3 error");
  return thrown;
}

/** What something comes to: its value, or the code of the S3 error that it throws. */
export function outcomeOf<T>(run: () => T): T | S3ErrorCode {
  try {
    return run();
  } catch (error) {
    if (isS3Error(error)) return error.code;
    throw error;
  }
}
