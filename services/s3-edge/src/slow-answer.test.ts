import { s3Error } from "@holdfast/s3-protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { slowly } from "./slow-answer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const xml = '<?xml version="1.0" encoding="UTF-8"?>\n<Result/>';
const render = (error: unknown) => `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${String(error)}</Error>`;

/** Everything a streamed answer says, the clock running as fast as it is asked for. */
async function textOf(body: unknown): Promise<string> {
  let text = "";
  const pieces = body as AsyncIterable<Uint8Array>;
  const reading = (async () => {
    for await (const piece of pieces) text += Buffer.from(piece).toString();
  })();
  await vi.advanceTimersByTimeAsync(60_000);
  await reading;
  return text;
}

describe("a slow answer", () => {
  test("is an ordinary one when the work is done soon", async () => {
    expect(await slowly(Promise.resolve(xml), render)).toEqual({ status: 200, body: xml });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("throws what the work throws soon, so that it has its own status", async () => {
    await expect(slowly(Promise.reject(s3Error("NoSuchKey")), render)).rejects.toMatchObject({ code: "NoSuchKey" });
  });

  test("keeps the connection alive with blanks, and stays one XML document", async () => {
    const work = new Promise<string>((resolve) => setTimeout(() => resolve(xml), 23_000));
    const answering = slowly(work, render);
    await vi.advanceTimersByTimeAsync(5_000);
    const { status, body } = await answering;
    expect(status).toBe(200);
    expect(await textOf(body)).toMatch(/^<\?xml [^?]*\?>\n {3}<Result\/>$/);
  });

  test("ends with the error under 200 when the work fails late", async () => {
    const work = new Promise<string>((_, reject) => setTimeout(() => reject(new Error("too bad")), 7_000));
    const answering = slowly(work, render);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await textOf((await answering).body)).toMatch(/^<\?xml [^?]*\?>\n *<Error>Error: too bad<\/Error>$/);
  });
});
