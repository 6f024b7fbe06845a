import { describe, expect, test } from "vitest";
import { createLogger, scrub } from "./log.ts";
import { withRequestId } from "./request-id.ts";

const signature = "0123456789abcdef".repeat(4);

describe("scrub", () => {
  test.for([
    [`GET /b/k?X-Amz-Signature=${signature}&a=1`, "a=1"],
    [`q=X-Amz-Signature%3D${signature}`, "q="],
    [
      `AWS4-HMAC-SHA256 Credential=AKID/d/r/s3/aws4_request, SignedHeaders=host, Signature=${signature}`,
      "SignedHeaders",
    ],
    [`{"deep":{"authorization":"AWS4 ${signature}"}}`, '{"deep":'],
    [`{"secretAccessKey":"${signature}","size":1}`, '"size":1'],
    [`cannot reach nats://svc:${signature}@host:4222`, "@host:4222"],
  ] as const)("takes the secret out of %s and leaves the rest", ([line, kept]) => {
    expect(scrub(line)).not.toContain(signature);
    expect(scrub(line)).toContain(kept);
    expect(scrub(line)).toContain("[redacted]");
  });

  test.for(["a", "a:", "://", '"', "Signature=", '\\"signature\\":\\"'])(
    "takes linear time for a long run of %s",
    (piece) => {
      const began = performance.now();
      scrub(piece.repeat(1_000_000 / piece.length));
      expect(performance.now() - began).toBeLessThan(2_000);
    },
  );

  test("takes fields by their name, at any depth and whatever they hold", () => {
    const fields = {
      token: [signature],
      deep: { deeper: { Authorization: { value: signature }, password: 1, kept: 2 } },
    };
    const line = scrub(`${JSON.stringify(fields)}\n`);
    expect(JSON.parse(line)).toEqual({
      token: "[redacted]",
      deep: { deeper: { Authorization: "[redacted]", password: "[redacted]", kept: 2 } },
    });
    expect(line.endsWith("\n")).toBe(true);
  });

  test("leaves a digest, an ETag and an URL without credentials alone", () => {
    const line = `{"sha256":"${signature}","url":"nats://host:4222","etag":"\\"${signature.slice(32)}\\""}`;
    expect(scrub(line)).toBe(line);
  });
});

describe("a logger", () => {
  test("writes one JSON object a line, with the service, an ISO time and the request it belongs to", () => {
    const written: string[] = [];
    const log = createLogger("edge", "info", { write: (line) => void written.push(line) });
    withRequestId("REQ1", () => log.info({ a: 1 }, "line\nbreak"));
    log.debug("not at this level");
    expect(written).toHaveLength(1);
    expect(written[0]?.indexOf("\n")).toBe((written[0]?.length ?? 0) - 1);
    expect(JSON.parse(written[0] ?? "")).toMatchObject({
      level: "info",
      service: "edge",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      requestId: "REQ1",
      a: 1,
      msg: "line\nbreak",
    });
  });
});
