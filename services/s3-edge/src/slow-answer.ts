/**
 * Copies can outlast a client's patience: like S3, the answer then begins with 200 and blanks, and ends with the XML of the result or,
 * under that same 200, of the error. SDKs look for it.
 */
import { renderError, type S3Error } from "@holdfast/s3-protocol";
import { toS3Error } from "./errors.ts";
import type { Answer, Exchange } from "./http/exchange.ts";

const patienceMs = 5_000;

/** The XML of `work` as an answer: whole if it comes soon, else with blanks before it to keep the connection alive. */
export async function answerSlowly(exchange: Exchange, work: Promise<string>): Promise<Answer> {
  const soon = await Promise.race([work, pause(patienceMs)]);
  if (soon !== undefined) return { status: 200, body: soon };
  return { status: 200, headers: [["content-type", "application/xml"]], body: drip(exchange, work) };
}

async function* drip(exchange: Exchange, work: Promise<string>): AsyncGenerator<Uint8Array, void> {
  const outcome = work.catch((error: unknown) => errorXml(exchange, toS3Error(error)));
  yield Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n');
  for (;;) {
    const xml = await Promise.race([outcome, pause(patienceMs)]);
    if (xml === undefined) yield Buffer.from(" ");
    else return yield Buffer.from(xml.replace(/^<\?xml[^>]*\?>\s*/, ""));
  }
}

function errorXml({ requestId, hostId, signed }: Exchange, error: S3Error): string {
  return renderError(error, { requestId, hostId, resource: signed.rawPath });
}

/** Resolves with undefined; does not keep the process alive. */
const pause = (ms: number) => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms).unref());
