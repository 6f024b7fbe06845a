/**
 * Every verb on every sub-resource that AWS has, on a bucket and on an object, and every header whose silence would be a
 * lie: done, or refused by name. Never the plain verb instead, and never a change.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { bucketName, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { s3, statusOf, textOf } from "./support/clients.ts";
import { call, send, verdict } from "./support/http.ts";
import { hostHeader } from "./support/signer.ts";

removeBucketsAtTheEnd();
let Bucket = "";
let before: Awaited<ReturnType<typeof state>>;
beforeAll(async () => {
  Bucket = await freshBucket("walk");
  await s3.putObject({ Bucket, Key: "object", Body: "unchanged", Tagging: "kept=1", Metadata: { kept: "1" } });
  before = await state();
});

const verbs = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"] as const;
const subresources = [
  "abac",
  "accelerate",
  "acl",
  "analytics",
  "annotation",
  "attributes",
  "cors",
  "delete",
  "encryption",
  "intelligent-tiering",
  "inventory",
  "legal-hold",
  "lifecycle",
  "location",
  "logging",
  "metadataConfiguration",
  "metadataInventoryTable",
  "metadataJournalTable",
  "metadataTable",
  "metrics",
  "notification",
  "object-lock",
  "ownershipControls",
  "policy",
  "policyStatus",
  "publicAccessBlock",
  "renameObject",
  "replication",
  "requestPayment",
  "restore",
  "retention",
  "select",
  "session",
  "tagging",
  "torrent",
  "uploadId",
  "uploads",
  "versioning",
  "versions",
  "website",
] as const;

/** What this suite knows to be served; each has tests of its own elsewhere. */
const served = new Set([
  "GET bucket location",
  "GET bucket uploads",
  "GET bucket versions",
  "POST bucket delete",
  "GET object attributes",
  "GET object tagging",
  "PUT object tagging",
  "DELETE object tagging",
  "POST object uploads",
  "GET object uploadId",
  "PUT object uploadId",
  "POST object uploadId",
  "DELETE object uploadId",
]);

/** Reads that may answer for a configuration that was never set. */
const unset = new Set([
  "abac",
  "accelerate",
  "acl",
  "analytics",
  "cors",
  "encryption",
  "intelligent-tiering",
  "inventory",
  "legal-hold",
  "lifecycle",
  "logging",
  "metadataConfiguration",
  "metadataTable",
  "metrics",
  "notification",
  "object-lock",
  "ownershipControls",
  "policy",
  "policyStatus",
  "publicAccessBlock",
  "replication",
  "requestPayment",
  "retention",
  "tagging",
  "versioning",
  "website",
]);

/** The writes AWS has: these must be refused as NotImplemented, by name. */
const documentedWrites = new Set(
  [
    ["PUT bucket", "abac accelerate acl analytics cors encryption intelligent-tiering inventory lifecycle logging"],
    ["PUT bucket", "metadataInventoryTable metadataJournalTable metrics notification object-lock ownershipControls"],
    ["PUT bucket", "policy publicAccessBlock replication requestPayment tagging versioning website"],
    ["POST bucket", "metadataConfiguration metadataTable"],
    ["DELETE bucket", "analytics cors encryption intelligent-tiering inventory lifecycle metadataConfiguration"],
    ["DELETE bucket", "metadataTable metrics ownershipControls policy publicAccessBlock replication tagging website"],
    ["PUT object", "acl encryption legal-hold renameObject retention"],
    ["POST object", "restore select"],
    ["GET object", "torrent"],
    ["GET bucket", "session"],
  ].flatMap(([target, names = ""]) => names.split(" ").map((name) => `${target} ${name}`)),
);

const walk = verbs.flatMap((verb) =>
  (["bucket", "object"] as const).flatMap((kind) =>
    subresources.map((subresource) => [verb, kind, subresource] as const),
  ),
);

/** Everything a stray write could have changed; it must never change. */
async function state() {
  const listed = await s3.listObjectsV2({ Bucket });
  const got = await s3.getObject({ Bucket, Key: "object" });
  const tags = await s3.getObjectTagging({ Bucket, Key: "object" });
  return {
    keys: listed.Contents?.map(({ Key, ETag, LastModified }) => ({ Key, ETag, LastModified })),
    body: await textOf(got),
    metadata: got.Metadata,
    tags: tags.TagSet,
  };
}

describe("a verb on a sub-resource that is not built", () => {
  const refused = walk.filter(([verb, kind, subresource]) => !served.has(`${verb} ${kind} ${subresource}`));

  test.for(refused)("%s %s?%s changes nothing and is not the plain verb", async ([verb, kind, subresource]) => {
    const path = kind === "bucket" ? `/${Bucket}` : `/${Bucket}/object`;
    const value = subresource === "select" ? [["select-type", "2"] as const] : [];
    const query = [[subresource, ""] as const, ...value];
    const body = verb === "PUT" || verb === "POST" ? "<X/>" : "";
    const answer = await call({ method: verb, path, query, body });
    if (documentedWrites.has(`${verb} ${kind} ${subresource}`)) {
      expect(verdict(answer)).toBe("501 NotImplemented");
    } else if (verb === "GET" && unset.has(subresource)) {
      expect(answer.text).not.toContain("<ListBucketResult");
      expect(answer.text).not.toBe("unchanged");
    } else {
      expect([400, 403, 405, 501]).toContain(answer.status);
    }
    if (verb !== "GET" && verb !== "HEAD") expect(await state()).toEqual(before);
  });

  test("that asks for a preflight is not told that anything is allowed", async () => {
    const headers = {
      host: hostHeader(),
      origin: "https://elsewhere.test",
      "access-control-request-method": "PUT",
    };
    const answer = await send({ method: "OPTIONS", path: `/${Bucket}/object`, headers });
    expect([400, 403, 405, 501]).toContain(answer.status);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("names the operation in its message", async () => {
    const answer = await call({ method: "PUT", path: `/${Bucket}`, query: [["policy", ""]], body: "{}" });
    expect(answer.text).toContain("PutBucketPolicy");
  });

  test("on a bucket's own path answers for a form upload too", async () => {
    const headers = { "content-type": "multipart/form-data; boundary=b" };
    const answer = await call({ method: "POST", path: `/${Bucket}`, headers, body: "--b--\r\n" });
    expect(verdict(answer)).toBe("501 NotImplemented");
  });
});

const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const refusedHeaders: readonly (readonly [string, string])[] = [
  ["x-amz-server-side-encryption", "AES256"],
  ["x-amz-server-side-encryption", "aws:kms"],
  ["x-amz-server-side-encryption-aws-kms-key-id", "key"],
  ["x-amz-server-side-encryption-context", "e30="],
  ["x-amz-server-side-encryption-bucket-key-enabled", "true"],
  ["x-amz-server-side-encryption-customer-algorithm", "AES256"],
  ["x-amz-server-side-encryption-customer-key", key],
  ["x-amz-server-side-encryption-customer-key-md5", "hRasmdxgYDKV3nvbahU1MA=="],
  ["x-amz-object-lock-mode", "COMPLIANCE"],
  ["x-amz-object-lock-retain-until-date", "2031-01-01T00:00:00Z"],
  ["x-amz-object-lock-legal-hold", "ON"],
  ["x-amz-write-offset-bytes", "9"],
  ["x-amz-acl", "public-read"],
  ["x-amz-acl", "public-read-write"],
  ["x-amz-acl", "authenticated-read"],
  ["x-amz-acl", "aws-exec-read"],
  ["x-amz-acl", "bucket-owner-read"],
  ["x-amz-grant-read", 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'],
  ["x-amz-grant-write", "id=x"],
  ["x-amz-grant-read-acp", "id=x"],
  ["x-amz-grant-write-acp", "id=x"],
  ["x-amz-grant-full-control", "id=x"],
  ["content-range", "bytes 0-3/9"],
];

describe("a header that is not built", () => {
  const requests = {
    PutObject: { method: "PUT", path: () => `/${Bucket}/object`, body: "changed", query: [], headers: {} },
    CopyObject: {
      method: "PUT",
      path: () => `/${Bucket}/new`,
      body: "",
      query: [],
      headers: { "x-amz-copy-source": "" },
    },
    CreateMultipartUpload: {
      method: "POST",
      path: () => `/${Bucket}/object`,
      body: "",
      query: [["uploads", ""] as const],
      headers: {},
    },
  } as const;

  test.for(
    Object.keys(requests).flatMap((name) => refusedHeaders.map(([header, value]) => [name, header, value] as const)),
  )("%s with %s: %s is refused and changes nothing", async ([name, header, value]) => {
    const request = requests[name as keyof typeof requests];
    const copy = name === "CopyObject" ? { "x-amz-copy-source": `${Bucket}/object` } : {};
    const headers = { ...copy, [header]: value };
    const answer = await call({ ...request, path: request.path(), headers });
    expect(verdict(answer)).toBe("501 NotImplemented");
    expect(await state()).toEqual(before);
    expect((await s3.listMultipartUploads({ Bucket })).Uploads ?? []).toEqual([]);
  });

  test.for([
    ["GetObject", "GET", "x-amz-server-side-encryption-customer-algorithm"],
    ["HeadObject", "HEAD", "x-amz-server-side-encryption-customer-algorithm"],
  ] as const)("%s: %s with %s is refused", async ([, method, header]) => {
    const answer = await call({ method, path: `/${Bucket}/object`, headers: { [header]: "AES256" } });
    expect(answer.status).toBe(501);
  });

  test.for([
    ["x-amz-bucket-object-lock-enabled", "true"],
    ["x-amz-acl", "public-read"],
    ["x-amz-grant-read", "id=x"],
    ["x-amz-object-ownership", "ObjectWriter"],
  ] as const)("CreateBucket with %s: %s is refused and makes nothing", async ([header, value]) => {
    const name = bucketName();
    const answer = await call({ method: "PUT", path: `/${name}`, headers: { [header]: value } });
    expect(verdict(answer)).toBe("501 NotImplemented");
    expect(await statusOf(s3.headBucket({ Bucket: name }))).toBe(404);
  });

  test("a redirect is kept or refused, never lost", async () => {
    const headers = { "x-amz-website-redirect-location": "/elsewhere" };
    const path = `/${Bucket}/redirect`;
    const answer = await call({ method: "PUT", path, headers, body: "x" });
    if (answer.status === 200) {
      const head = await call({ method: "HEAD", path });
      expect(head.headers["x-amz-website-redirect-location"]).toBe("/elsewhere");
      await s3.deleteObject({ Bucket, Key: "redirect" });
    } else {
      expect(verdict(answer)).toBe("501 NotImplemented");
    }
  });

  test("an expected owner who is somebody else is refused", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const headers = { "x-amz-expected-bucket-owner": "111122223333" };
      const answer = await call({ method, path: `/${Bucket}/object`, headers, body: "" });
      expect(["403 AccessDenied", "501 NotImplemented"]).toContain(verdict(answer));
    }
    expect((await state()).body).toBe("unchanged");
  });

  test("a session token that nobody gave is refused", async () => {
    const headers = { "x-amz-security-token": "made-up" };
    const answer = await call({ method: "GET", path: `/${Bucket}/object`, headers });
    expect([400, 403, 501]).toContain(answer.status);
  });
});

describe("a header that says what is so anyway", () => {
  test.for([
    ["x-amz-acl", "private"],
    ["x-amz-acl", "bucket-owner-full-control"],
    ["x-amz-request-payer", "requester"],
  ] as const)("%s: %s is accepted", async ([header, value]) => {
    const answer = await call({ method: "PUT", path: `/${Bucket}/acl`, headers: { [header]: value }, body: "x" });
    expect(verdict(answer)).toBe("200");
    await s3.deleteObject({ Bucket, Key: "acl" });
  });
});
