/**
 * Copies can outlast a client's patience: like S3, the answer then begins with 200 and blanks, and ends with the XML of the result or,
 * under that same 200, of the error. SDKs look for it.
 */
import { renderError } from "@holdfast/s3-protocol";
import type { Edge } from "./context.ts";
import { toS3Error } from "./errors.ts";
import type { Answer, Exchange } from "./http/exchange.ts";
import { reportFailure } from "./observe.ts";

const patienceMs = 5_000;

type Outcome = { readonly xml: string } | { readonly error: unknown };

/** The XML of `work` as an answer: whole if it comes soon, else with blanks before it to keep the connection alive. */
export function answerSlowly({ log }: Edge, exchange: Exchange, work: Promise<string>): Promise<Answer> {
  return slowly(work, (thrown) => {
    const error = toS3Error(thrown);
    reportFailure(log, exchange, error);
    const { requestId, hostId, signed } = exchange;
    return renderError(error, { requestId, hostId, resource: signed.rawPath });
  });
}

/** The same without an exchange: `renderFailure` makes the XML of an error that comes after the headers. */
export async function slowly(work: Promise<string>, renderFailure: (thrown: unknown) => string): Promise<Answer> {
  const outcome = work.then(
    (xml): Outcome => ({ xml }),
    (error: unknown): Outcome => ({ error }),
  );
  const soon = await within(outcome, patienceMs);
  if (!soon) {
    return { status: 200, headers: [["content-type", "application/xml"]], body: drip(outcome, renderFailure) };
  }
  if ("error" in soon) throw soon.error;
  return { status: 200, body: soon.xml };
}

async function* drip(
  outcome: Promise<Outcome>,
  renderFailure: (thrown: unknown) => string,
): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n');
  let done = await within(outcome, patienceMs);
  for (; !done; done = await within(outcome, patienceMs)) yield Buffer.from(" ");
  const xml = "xml" in done ? done.xml : renderFailure(done.error);
  yield Buffer.from(xml.replace(/^<\?xml[^>]*\?>\s*/, ""));
}

/** What `work` resolves to, or undefined when it takes longer than `ms`. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
