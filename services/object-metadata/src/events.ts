/** Tells on NATS what was stored: S3's event messages, for whoever listens. See shared/contracts/src/s3-events.ts for the promise. */
import { type S3EventMessage, type S3EventName, s3EventSubject } from "@holdfast/contracts";
import { currentRequestId, injectTrace, tracingEnabled } from "@holdfast/runtime";
import { headers, type NatsConnection } from "@nats-io/nats-core";

export type Change = {
  readonly bucket: string;
  readonly key: string;
  /** Of the record in the bucket's stream. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly size?: number;
  readonly etag?: string;
};

/** Does not wait and does not fail: the change is stored, whoever listens or not. */
export type TellEvent = (event: S3EventName, change: Change) => void;

export function createEvents(nc: NatsConnection, { region, enabled }: { region: string; enabled: boolean }): TellEvent {
  if (!enabled) return () => {};
  return (event, change) => {
    if (nc.isClosed()) return;
    const message = JSON.stringify(eventMessage(event, change, region, currentRequestId() ?? ""));
    nc.publish(s3EventSubject(change.bucket, event), message, traceHeaders());
  };
}

/** So that what an event sets off belongs to the trace of the request. */
function traceHeaders() {
  if (!tracingEnabled()) return {};
  const carrier = headers();
  injectTrace(carrier);
  return { headers: carrier };
}

const sequencerDigits = 16;

/** The body of an event. Pure. */
export function eventMessage(
  event: S3EventName,
  { bucket, key, sequence, timeMs, size, etag }: Change,
  region: string,
  requestId: string,
): S3EventMessage {
  return {
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "holdfast:s3",
        awsRegion: region,
        eventTime: new Date(timeMs).toISOString(),
        eventName: event,
        responseElements: { "x-amz-request-id": requestId },
        s3: {
          s3SchemaVersion: "1.0",
          bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
          object: {
            key: new URLSearchParams({ key }).toString().slice("key=".length),
            ...(size === undefined ? {} : { size }),
            ...(etag === undefined ? {} : { eTag: etag }),
            sequencer: sequence.toString(16).toUpperCase().padStart(sequencerDigits, "0"),
          },
        },
      },
    ],
  };
}
