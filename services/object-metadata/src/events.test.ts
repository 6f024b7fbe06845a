import { S3EventMessage, s3EventSubject } from "@holdfast/contracts";
import { describe, expect, test } from "vitest";
import { eventMessage } from "./events.ts";

const change = { bucket: "my.photos", key: "a b/ü+1.jpg", sequence: 255, timeMs: 0, size: 3, etag: "e".repeat(32) };

describe("an event message", () => {
  test("has S3's structure, with the key URL-encoded as S3 does", () => {
    const message = eventMessage("ObjectCreated:Put", change, "us-east-1", "R1");
    expect(S3EventMessage.parse(message)).toEqual(message);
    expect(message.Records[0]).toMatchObject({
      eventTime: "1970-01-01T00:00:00.000Z",
      s3: { object: { key: "a+b%2F%C3%BC%2B1.jpg", size: 3, sequencer: "00000000000000FF" } },
    });
  });

  test("of a removed object has neither size nor ETag", () => {
    const { size: _, etag: __, ...removed } = change;
    const message = eventMessage("ObjectRemoved:Delete", removed, "us-east-1", "");
    expect(Object.keys(message.Records[0]?.s3.object ?? {})).toEqual(["key", "sequencer"]);
  });
});

describe("an event's subject", () => {
  test("has one token for the bucket and two for the event", () => {
    expect(s3EventSubject("my.photos", "ObjectCreated:Put")).toBe("holdfast.events.s3.my_photos.ObjectCreated.Put");
  });
});
