import { S3, type S3ClientConfig } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { target } from "./target.ts";

/** The AWS SDK against the target. One attempt only: a retry would hide an error. */
export function sdk(overrides: S3ClientConfig = {}): S3 {
  return new S3({
    endpoint: target.endpoint,
    region: target.region,
    credentials: target.credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    ...overrides,
  });
}

export const s3 = sdk();
/** Sends no checksum that was not asked for, as SDKs did until 2025. */
export const plainS3 = sdk({
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
});

/** Waits for a refusal and checks its code and status; returns the error for further questions. */
export async function refusal(call: Promise<unknown>, code: string, status: number): Promise<Record<string, unknown>> {
  const error: unknown = await call.then(
    () => {
      throw new Error(`was accepted instead of refused with ${code}`);
    },
    (error: unknown) => error,
  );
  expect(describeError(error)).toEqual({ code, status });
  return typeof error === "object" && error !== null ? Object.fromEntries(Object.entries(error)) : {};
}

function describeError(error: unknown): { code: unknown; status: unknown } {
  if (!(error instanceof Error) || !("$metadata" in error)) throw error;
  const metadata = error.$metadata;
  const status =
    typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata ? metadata.httpStatusCode : 0;
  return { code: error.name, status };
}

/** The status of a call that may or may not be refused. */
export async function statusOf(call: Promise<{ $metadata: { httpStatusCode?: number | undefined } }>): Promise<number> {
  const answer: unknown = await call.catch((error: unknown) => error);
  if (typeof answer === "object" && answer !== null && "$metadata" in answer) {
    const metadata = answer.$metadata;
    if (typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata) {
      return Number(metadata.httpStatusCode);
    }
  }
  throw answer;
}

/** Reads an SDK answer's body. */
export async function bytesOf(answer: {
  Body?: { transformToByteArray(): Promise<Uint8Array> } | undefined;
}): Promise<Buffer> {
  if (answer.Body === undefined) throw new Error("the answer has no body");
  return Buffer.from(await answer.Body.transformToByteArray());
}

export async function textOf(answer: Parameters<typeof bytesOf>[0]): Promise<string> {
  return (await bytesOf(answer)).toString("utf8");
}

/** Narrows what an answer must have. */
export function given<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`the answer has no ${what}`);
  return value;
}
