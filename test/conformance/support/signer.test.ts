/** A suite that signs wrongly would prove nothing: the examples of AWS's documents, to the digit. */
import { describe, expect, test } from "vitest";
import { presignQuery, signChunks, signHeaders } from "./signer.ts";

const options = {
  credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
  region: "us-east-1",
  now: new Date("2013-05-24T00:00:00Z"),
};

describe("the suite's own signer", () => {
  test("gives the signatures of sigv4-streaming.html, chunk by chunk", () => {
    const request = {
      method: "PUT",
      path: "/examplebucket/chunkObject.txt",
      headers: {
        host: "s3.amazonaws.com",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": "66560",
        "content-length": "66824",
      },
    };
    const signed = signHeaders(request, { ...options, payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" });
    const chunks = [Buffer.alloc(65_536, "a"), Buffer.alloc(1024, "a")];
    expect([signed, ...signChunks(signed, chunks)].map(({ signature }) => signature)).toEqual([
      "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
      "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
      "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
      "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]);
  });

  test("gives the signature of sigv4-query-string-auth.html", () => {
    const request = { method: "GET", path: "/test.txt", headers: { host: "examplebucket.s3.amazonaws.com" } };
    const { query } = presignQuery(request, { ...options, expires: 86_400 });
    expect(Object.fromEntries(query)["X-Amz-Signature"]).toBe(
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    );
  });
});
