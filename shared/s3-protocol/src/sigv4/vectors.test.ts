/**
 * AWS's own vectors: the SigV4 test suite (https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html), but
 * for the cases of path normalisation, which S3 does not do; and every example of S3's documentation.
 */
import { describe, expect, test } from "vitest";
import { parseAuthentication, verifyRequestSignature } from "./authentication.ts";
import { canonicalRequest } from "./canonical.ts";
import { decodeBody } from "./decode-body.ts";
import { encodeAwsChunked } from "./encode-chunked.ts";
import { presignUrl, signRequest } from "./sign-request.ts";
import { deriveSigningKey, emptySha256, requestAlgorithm, sha256Hex, sign, stringToSign } from "./signing.ts";
import type { SignedRequest } from "./types.ts";

const alphabet = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ethiopic = Buffer.from("ሴ").toString("latin1");
type Headers = SignedRequest["headers"];

describe("AWS's SigV4 test suite", () => {
  const scope = { date: "20150830", region: "us-east-1", service: "service" };
  const amzDate = "20150830T123600Z";
  const key = deriveSigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope);
  const form: Headers = [["content-type", "application/x-www-form-urlencoded"]];

  test.for<[name: string, method: string, target: string, headers: Headers, body: string, signature: string]>([
    ["get-vanilla", "GET", "/", [], "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    [
      "get-unreserved",
      "GET",
      `/${alphabet}`,
      [],
      "",
      "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ],
    [
      "get-vanilla-query-unreserved",
      "GET",
      `/?${alphabet}=${alphabet}`,
      [],
      "",
      "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    ],
    [
      "get-vanilla-query-order-key-case",
      "GET",
      "/?Param2=value2&Param1=value1",
      [],
      "",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    [
      "get-vanilla-query-order-value",
      "GET",
      "/?Param1=value2&Param1=value1",
      [],
      "",
      "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
    ],
    [
      "get-vanilla-utf8-query",
      "GET",
      `/?${ethiopic}=bar`,
      [],
      "",
      "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    ],
    [
      "get-header-value-order",
      "GET",
      "/",
      ["value4", "value1", "value3", "value2"].map((value) => ["my-header1", value] as const),
      "",
      "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
    ],
    [
      "get-header-key-duplicate",
      "GET",
      "/",
      ["value2", "value2", "value1"].map((value) => ["my-header1", value] as const),
      "",
      "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    ],
    [
      "get-header-value-trim",
      "GET",
      "/",
      [
        ["my-header1", " value1"],
        ["my-header2", '"a   b   c"'],
      ],
      "",
      "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ],
    ["post-vanilla", "POST", "/", [], "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "post-x-www-form-urlencoded",
      "POST",
      "/",
      form,
      "Param1=value1",
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ],
  ])("%s", ([, method, target, headers, body, signature]) => {
    const [rawPath = "", rawQuery = ""] = target.split("?");
    const all: Headers = [["host", "example.amazonaws.com"], ["x-amz-date", amzDate], ...headers];
    const signedHeaders = [...new Set(all.map(([name]) => name))].toSorted();
    const canonical = canonicalRequest(
      { method, rawPath, rawQuery, headers: all },
      { signedHeaders, payloadHash: sha256Hex(body) },
    );
    expect(sign(key, stringToSign(requestAlgorithm, { amzDate, scope }, sha256Hex(canonical)))).toBe(signature);
  });
});

describe("S3's documentation", () => {
  const credentials = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  };
  const now = new Date("2013-05-24T00:00:00Z");
  const context = { region: "us-east-1", now };
  const signingKey = deriveSigningKey(credentials.secretAccessKey, {
    date: "20130524",
    region: "us-east-1",
    service: "s3",
  });
  const welcome = Buffer.from("Welcome to Amazon S3.");
  const bucketUrl = "https://examplebucket.s3.amazonaws.com";

  /** Verifies a signed request as the edge does. */
  function verify(method: string, url: string, headers: Record<string, string>) {
    const { pathname, search } = new URL(url);
    const request = { method, rawPath: pathname, rawQuery: search.slice(1), headers: Object.entries(headers) };
    const authentication = parseAuthentication(request, context);
    if (authentication.kind === "anonymous") throw new TypeError("not signed");
    verifyRequestSignature(request, authentication, signingKey);
    return authentication;
  }

  test.for<
    [name: string, method: string, path: string, headers: Record<string, string>, body: Buffer, signature: string]
  >([
    [
      "GET Object",
      "GET",
      "/test.txt",
      { range: "bytes=0-9" },
      Buffer.alloc(0),
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ],
    [
      "PUT Object",
      "PUT",
      "/test$file.text",
      { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
      welcome,
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ],
    [
      "GET Bucket Lifecycle",
      "GET",
      "/?lifecycle",
      {},
      Buffer.alloc(0),
      "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ],
    [
      "GET Bucket (List Objects)",
      "GET",
      "/?max-keys=2&prefix=J",
      {},
      Buffer.alloc(0),
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ],
  ])("%s", ([, method, path, headers, body, signature]) => {
    const url = `${bucketUrl}${path}`;
    const signed = signRequest({ method, url, headers }, credentials, { ...context, payload: body });
    expect(signed.signature).toBe(signature);
    expect(verify(method, url, signed.headers).payload).toEqual({ kind: "signed", sha256: sha256Hex(body) });
  });

  test("a presigned URL", () => {
    const url = presignUrl({ method: "GET", url: `${bucketUrl}/test.txt` }, credentials, {
      ...context,
      expiresIn: 86_400,
    });
    expect(url).toBe(
      `${bucketUrl}/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256` +
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    );
    expect(verify("GET", url, { host: "examplebucket.s3.amazonaws.com" }).kind).toBe("presigned");
  });

  const payload = Buffer.alloc(66_560, "a");
  const chunkedUrl = "https://s3.amazonaws.com/examplebucket/chunkObject.txt";
  const chunkedHeaders = {
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": "66560",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
  };

  test("a chunked upload", async () => {
    const signed = signRequest(
      { method: "PUT", url: chunkedUrl, headers: { ...chunkedHeaders, "content-length": "66824" } },
      credentials,
      { ...context, payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" },
    );
    expect(signed.signature).toBe("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    const encoded = Buffer.concat(await Array.fromAsync(encodeAwsChunked([payload], { signing: signed })));
    expect(encoded).toHaveLength(66_824);
    const text = encoded.toString("latin1");
    expect(text.match(/chunk-signature=[0-9a-f]+/g)).toEqual([
      "chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
      "chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
      "chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]);
    const authentication = verify("PUT", chunkedUrl, signed.headers);
    const body = decodeBody({
      payload: authentication.payload,
      authentication,
      signingKey,
      decodedLength: 66_560,
      expectTrailers: [],
      limit: 1e6,
    });
    expect(Buffer.concat(body.push(encoded)).equals(payload)).toBe(true);
    body.end();
  });

  test("a chunked upload with a trailing checksum", async () => {
    const trailers = { "x-amz-checksum-crc32c": "sOO8/Q==" };
    const signed = signRequest(
      { method: "PUT", url: chunkedUrl, headers: { ...chunkedHeaders, "x-amz-trailer": "x-amz-checksum-crc32c" } },
      credentials,
      { ...context, payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" },
    );
    expect(signed.signature).toBe("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
    const encode = encodeAwsChunked([payload], { signing: signed, trailers: () => trailers });
    const encoded = Buffer.concat(await Array.fromAsync(encode));
    expect(encoded.toString("latin1").match(/signature[=:][0-9a-f]+/g)).toEqual([
      "signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
      "signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
      "signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
      "signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435",
    ]);
    const authentication = verify("PUT", chunkedUrl, signed.headers);
    const body = decodeBody({
      payload: authentication.payload,
      authentication,
      signingKey,
      decodedLength: 66_560,
      expectTrailers: ["x-amz-checksum-crc32c"],
      limit: 1e6,
    });
    expect(Buffer.concat(body.push(encoded)).equals(payload)).toBe(true);
    body.end();
    expect(body.trailers()).toEqual(trailers);
  });

  test("a request whose SignedHeaders leave out x-amz-content-sha256 (the overview's example)", () => {
    const url = `${bucketUrl}/test.txt`;
    const signed = signRequest({ method: "GET", url, headers: { range: "bytes=0-9" } }, credentials, {
      ...context,
      leaveUnsigned: ["x-amz-content-sha256"],
    });
    expect(signed.headers["authorization"]).toContain("SignedHeaders=host;range;x-amz-date,");
    expect(verify("GET", url, signed.headers).payloadHash).toBe(emptySha256);
    expect(() => verify("GET", url, { ...signed.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" })).toThrow(
      expect.objectContaining({ code: "SignatureDoesNotMatch" }),
    );
  });
});
