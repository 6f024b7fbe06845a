import { XMLValidator } from "fast-xml-parser";
import { describe, expect, test } from "vitest";
import { s3Error } from "../errors.ts";
import { operationNames, isUnsetOperation } from "../operations/table.ts";
import { expectS3Error, outcomeOf } from "../testing/expect-s3-error.ts";
import { renderAcl, renderLocation, renderUnset } from "./configurations.ts";
import { renderError } from "./error.ts";
import { renderListBuckets, renderListObjects, renderListObjectsV2, renderListObjectVersions } from "./listings.ts";
import {
  renderCompleteMultipartUpload,
  renderInitiateMultipartUpload,
  renderListMultipartUploads,
  renderListParts,
} from "./multipart.ts";
import { renderCopyObject, renderCopyPart, renderDelete, renderGetObjectAttributes, renderTagging } from "./objects.ts";
import { parseTagging } from "./request-bodies.ts";

const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
const ns = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const owner = { id: "0f".repeat(32), displayName: "alice" };
const ownerXml = `<ID>${owner.id}</ID><DisplayName>alice</DisplayName>`;
const at = Date.UTC(2026, 10, 21, 9);
const date = "2026-11-21T09:00:00.000Z";
const etag = "d41d8cd98f00b204e9800998ecf8427e";
const etagXml = `<ETag>&quot;${etag}&quot;</ETag>`;
const object = { key: "a b&c", etag, size: 3, lastModified: at, storageClass: "STANDARD" };

/** The document without its declaration, having checked that it is well-formed. */
function inside(xml: string): string {
  expect(XMLValidator.validate(xml)).toBe(true);
  expect(xml.startsWith(head)).toBe(true);
  return xml.slice(head.length);
}

describe("listings", () => {
  test("ListBuckets", () => {
    const xml = renderListBuckets({
      owner,
      buckets: [{ name: "b", createdAt: at, region: "eu-west-1" }],
      prefix: "b",
      continuationToken: "t",
    });
    expect(inside(xml)).toBe(
      `<ListAllMyBucketsResult${ns}><Owner>${ownerXml}</Owner><Buckets><Bucket><Name>b</Name><CreationDate>${date}</CreationDate>` +
        "<BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets><ContinuationToken>t</ContinuationToken><Prefix>b</Prefix></ListAllMyBucketsResult>",
    );
    expect(inside(renderListBuckets({ owner, buckets: [] }))).toContain("<Buckets></Buckets></ListAllMyBucketsResult>");
  });

  const page = {
    bucket: "b",
    prefix: "a ",
    maxKeys: 2,
    isTruncated: true,
    objects: [object],
    commonPrefixes: ["a +/"],
  };

  test("ListObjects", () => {
    const xml = renderListObjects({
      ...page,
      delimiter: "/",
      marker: "",
      encodingType: undefined,
      nextMarker: "a +/",
      owner,
    });
    expect(inside(xml)).toBe(
      `<ListBucketResult${ns}><Name>b</Name><Prefix>a </Prefix><Marker></Marker><NextMarker>a +/</NextMarker><MaxKeys>2</MaxKeys>` +
        "<Delimiter>/</Delimiter><IsTruncated>true</IsTruncated>" +
        `<Contents><Key>a b&amp;c</Key><LastModified>${date}</LastModified>${etagXml}<Size>3</Size><Owner>${ownerXml}</Owner>` +
        "<StorageClass>STANDARD</StorageClass></Contents><CommonPrefixes><Prefix>a +/</Prefix></CommonPrefixes></ListBucketResult>",
    );
  });

  test("ListObjects has a NextMarker only with a delimiter, on a truncated page", () => {
    const next = { ...page, marker: "", encodingType: undefined, nextMarker: "x", owner };
    expect(renderListObjects({ ...next, delimiter: "" })).not.toContain("NextMarker");
    expect(renderListObjects({ ...next, delimiter: "" })).not.toContain("Delimiter");
    expect(renderListObjects({ ...next, delimiter: "/", isTruncated: false })).not.toContain("NextMarker");
  });

  test("ListObjectsV2 with encoding-type=url", () => {
    const checksum = { algorithm: "CRC32", type: "FULL_OBJECT" };
    const xml = renderListObjectsV2({
      ...page,
      objects: [{ ...object, checksum }],
      delimiter: "+",
      encodingType: "url",
      startAfter: "ä",
      continuationToken: "t1",
      nextContinuationToken: "t2",
    });
    expect(inside(xml)).toBe(
      `<ListBucketResult${ns}><Name>b</Name><Prefix>a%20</Prefix><StartAfter>%C3%A4</StartAfter><ContinuationToken>t1</ContinuationToken>` +
        "<NextContinuationToken>t2</NextContinuationToken><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><Delimiter>%2B</Delimiter>" +
        "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>" +
        `<Contents><Key>a%20b%26c</Key><LastModified>${date}</LastModified>${etagXml}<ChecksumAlgorithm>CRC32</ChecksumAlgorithm>` +
        "<ChecksumType>FULL_OBJECT</ChecksumType><Size>3</Size><StorageClass>STANDARD</StorageClass></Contents>" +
        "<CommonPrefixes><Prefix>a%20%2B/</Prefix></CommonPrefixes></ListBucketResult>",
    );
  });

  test("ListObjectsV2 names owners only when asked", () => {
    const result = { ...page, delimiter: "", encodingType: undefined };
    expect(renderListObjectsV2(result)).not.toContain("<Owner>");
    expect(renderListObjectsV2({ ...result, owner })).toContain(`<Owner>${ownerXml}</Owner>`);
  });

  test("ListObjectVersions", () => {
    const xml = renderListObjectVersions({
      ...page,
      versions: [{ ...object, versionId: "null", isLatest: true }],
      delimiter: "",
      encodingType: undefined,
      keyMarker: "k",
      versionIdMarker: "null",
      nextKeyMarker: "a b&c",
      nextVersionIdMarker: "null",
      commonPrefixes: [],
      owner,
    });
    expect(inside(xml)).toBe(
      `<ListVersionsResult${ns}><Name>b</Name><Prefix>a </Prefix><KeyMarker>k</KeyMarker><VersionIdMarker>null</VersionIdMarker>` +
        "<NextKeyMarker>a b&amp;c</NextKeyMarker><NextVersionIdMarker>null</NextVersionIdMarker><MaxKeys>2</MaxKeys><IsTruncated>true</IsTruncated>" +
        `<Version><Key>a b&amp;c</Key><VersionId>null</VersionId><IsLatest>true</IsLatest><LastModified>${date}</LastModified>${etagXml}` +
        `<Size>3</Size><Owner>${ownerXml}</Owner><StorageClass>STANDARD</StorageClass></Version></ListVersionsResult>`,
    );
  });

  test("carry control characters as S3 does: as references, or URL-encoded", () => {
    const objects = [{ ...object, key: "\u0001\r" }];
    const result = { ...page, objects, delimiter: "", marker: "", owner };
    expect(renderListObjects({ ...result, encodingType: undefined })).toContain("<Key>&#x1;&#13;</Key>");
    expect(renderListObjects({ ...result, encodingType: "url" })).toContain("<Key>%01%0D</Key>");
  });
});

describe("multipart answers", () => {
  test("InitiateMultipartUpload", () => {
    expect(inside(renderInitiateMultipartUpload({ bucket: "b", key: "<k>", uploadId: "u" }))).toBe(
      `<InitiateMultipartUploadResult${ns}><Bucket>b</Bucket><Key>&lt;k&gt;</Key><UploadId>u</UploadId></InitiateMultipartUploadResult>`,
    );
  });

  test("CompleteMultipartUpload", () => {
    const checksum = { algorithm: "SHA256", type: "COMPOSITE", value: "abc=-2" };
    const xml = renderCompleteMultipartUpload({
      location: "http://h/b/k?",
      bucket: "b",
      key: "k",
      etag: `${etag}-2`,
      checksum,
    });
    expect(inside(xml)).toBe(
      `<CompleteMultipartUploadResult${ns}><Location>http://h/b/k?</Location><Bucket>b</Bucket><Key>k</Key><ETag>&quot;${etag}-2&quot;</ETag>` +
        "<ChecksumSHA256>abc=-2</ChecksumSHA256><ChecksumType>COMPOSITE</ChecksumType></CompleteMultipartUploadResult>",
    );
  });

  test("ListParts", () => {
    const xml = renderListParts({
      bucket: "b",
      key: "k",
      uploadId: "u",
      owner,
      storageClass: "STANDARD",
      partNumberMarker: 0,
      nextPartNumberMarker: 1,
      maxParts: 1,
      isTruncated: true,
      checksum: { algorithm: "CRC32", type: "COMPOSITE" },
      parts: [{ partNumber: 1, etag, size: 5, lastModified: at, checksum: { algorithm: "CRC32", value: "AAAAAA==" } }],
    });
    expect(inside(xml)).toBe(
      `<ListPartsResult${ns}><Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId><Initiator>${ownerXml}</Initiator><Owner>${ownerXml}</Owner>` +
        "<StorageClass>STANDARD</StorageClass><PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>1</NextPartNumberMarker><MaxParts>1</MaxParts>" +
        "<IsTruncated>true</IsTruncated><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType>" +
        `<Part><PartNumber>1</PartNumber><LastModified>${date}</LastModified>${etagXml}<Size>5</Size><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></ListPartsResult>`,
    );
  });

  test("ListMultipartUploads", () => {
    const xml = renderListMultipartUploads({
      bucket: "b",
      keyMarker: "",
      uploadIdMarker: "",
      nextKeyMarker: "k +",
      nextUploadIdMarker: "u",
      prefix: "k",
      delimiter: "/",
      encodingType: "url",
      maxUploads: 1,
      isTruncated: true,
      uploads: [{ key: "k +", uploadId: "u", owner, storageClass: "STANDARD", initiated: at }],
      commonPrefixes: ["k /"],
    });
    expect(inside(xml)).toBe(
      `<ListMultipartUploadsResult${ns}><Bucket>b</Bucket><KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker><NextKeyMarker>k%20%2B</NextKeyMarker>` +
        "<NextUploadIdMarker>u</NextUploadIdMarker><Prefix>k</Prefix><Delimiter>/</Delimiter><EncodingType>url</EncodingType><MaxUploads>1</MaxUploads>" +
        `<IsTruncated>true</IsTruncated><Upload><Key>k%20%2B</Key><UploadId>u</UploadId><Initiator>${ownerXml}</Initiator><Owner>${ownerXml}</Owner>` +
        `<StorageClass>STANDARD</StorageClass><Initiated>${date}</Initiated></Upload><CommonPrefixes><Prefix>k%20/</Prefix></CommonPrefixes></ListMultipartUploadsResult>`,
    );
  });
});

describe("object answers", () => {
  test("CopyObject and UploadPartCopy", () => {
    const inner = `<LastModified>${date}</LastModified>${etagXml}`;
    expect(inside(renderCopyObject({ etag, lastModified: at }))).toBe(
      `<CopyObjectResult${ns}>${inner}</CopyObjectResult>`,
    );
    expect(inside(renderCopyPart({ etag, lastModified: at }))).toBe(`<CopyPartResult${ns}>${inner}</CopyPartResult>`);
  });

  test("DeleteObjects, loud and quiet", () => {
    const results = [
      { key: "a&b" },
      { key: "c", versionId: "null", error: { code: "AccessDenied", message: "Access Denied" } },
    ];
    const failed =
      "<Error><Key>c</Key><VersionId>null</VersionId><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    expect(inside(renderDelete(results, false))).toBe(
      `<DeleteResult${ns}><Deleted><Key>a&amp;b</Key></Deleted>${failed}</DeleteResult>`,
    );
    expect(inside(renderDelete(results, true))).toBe(`<DeleteResult${ns}>${failed}</DeleteResult>`);
  });

  test("GetObjectAttributes shows what was asked for, the ETag without quotes", () => {
    const result = {
      etag: `${etag}-1`,
      size: 5,
      storageClass: "STANDARD",
      checksum: { algorithm: "CRC32", type: "COMPOSITE", value: "AAAAAA==-1" },
      objectParts: {
        totalPartsCount: 1,
        partNumberMarker: 0,
        nextPartNumberMarker: 1,
        maxParts: 1000,
        isTruncated: false,
        parts: [{ partNumber: 1, size: 5, checksum: { algorithm: "CRC32", value: "BBBBBB==" } }],
      },
    };
    const all = new Set(["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"] as const);
    expect(inside(renderGetObjectAttributes({ ...result, attributes: all }))).toBe(
      `<GetObjectAttributesResponse${ns}><ETag>${etag}-1</ETag><Checksum><ChecksumCRC32>AAAAAA==</ChecksumCRC32><ChecksumType>COMPOSITE</ChecksumType></Checksum>` +
        "<ObjectParts><PartsCount>1</PartsCount><PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>1</NextPartNumberMarker><MaxParts>1000</MaxParts>" +
        "<IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><Size>5</Size><ChecksumCRC32>BBBBBB==</ChecksumCRC32></Part></ObjectParts>" +
        "<StorageClass>STANDARD</StorageClass><ObjectSize>5</ObjectSize></GetObjectAttributesResponse>",
    );
    expect(inside(renderGetObjectAttributes({ ...result, attributes: new Set(["ObjectSize"]) }))).toBe(
      `<GetObjectAttributesResponse${ns}><ObjectSize>5</ObjectSize></GetObjectAttributesResponse>`,
    );
  });

  test("tags are read back as they were written", () => {
    const tags = [
      { key: "a b", value: "" },
      { key: "ä", value: "x=y" },
    ];
    expect(parseTagging(Buffer.from(renderTagging(tags)))).toEqual(tags);
    expect(inside(renderTagging([]))).toBe(`<Tagging${ns}><TagSet></TagSet></Tagging>`);
  });
});

describe("configurations", () => {
  test("the location is empty in us-east-1", () => {
    expect(inside(renderLocation("us-east-1"))).toBe(`<LocationConstraint${ns}></LocationConstraint>`);
    expect(inside(renderLocation("eu-west-1"))).toBe(`<LocationConstraint${ns}>eu-west-1</LocationConstraint>`);
  });

  test("the ACL grants the owner everything", () => {
    expect(inside(renderAcl(owner))).toBe(
      `<AccessControlPolicy${ns}><Owner>${ownerXml}</Owner><AccessControlList><Grant>` +
        `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${ownerXml}</Grantee>` +
        "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>",
    );
  });

  test.for([
    ["GetBucketVersioning", `<VersioningConfiguration${ns}></VersioningConfiguration>`],
    ["GetBucketLogging", `<BucketLoggingStatus${ns}></BucketLoggingStatus>`],
    ["GetBucketNotificationConfiguration", `<NotificationConfiguration${ns}></NotificationConfiguration>`],
    ["GetBucketAccelerateConfiguration", `<AccelerateConfiguration${ns}></AccelerateConfiguration>`],
    [
      "GetBucketRequestPayment",
      `<RequestPaymentConfiguration${ns}><Payer>BucketOwner</Payer></RequestPaymentConfiguration>`,
    ],
    [
      "ListBucketInventoryConfigurations",
      `<ListInventoryConfigurationsResult${ns}><IsTruncated>false</IsTruncated></ListInventoryConfigurationsResult>`,
    ],
  ] as const)("%s was never set", ([operation, xml]) => {
    expect(inside(renderUnset(operation, { bucket: "b" }))).toBe(xml);
  });

  test.for([
    ["GetBucketPolicy", "NoSuchBucketPolicy"],
    ["GetBucketPolicyStatus", "NoSuchBucketPolicy"],
    ["GetBucketCors", "NoSuchCORSConfiguration"],
    ["GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration"],
    ["GetBucketTagging", "NoSuchTagSet"],
    ["GetBucketEncryption", "ServerSideEncryptionConfigurationNotFoundError"],
    ["GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"],
    ["GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"],
    ["GetBucketWebsite", "NoSuchWebsiteConfiguration"],
    ["GetBucketReplication", "ReplicationConfigurationNotFoundError"],
    ["GetBucketOwnershipControls", "OwnershipControlsNotFoundError"],
    ["GetBucketMetricsConfiguration", "NoSuchConfiguration"],
  ] as const)("%s answers %s (404)", ([operation, code]) => {
    const error = expectS3Error(code, () => renderUnset(operation, { bucket: "b" }));
    expect(error).toMatchObject({ status: 404, fields: { BucketName: "b" } });
  });

  test("every unset operation has an answer", () => {
    for (const name of operationNames.filter((candidate) => isUnsetOperation(candidate))) {
      const outcome = outcomeOf(() => renderUnset(name, { bucket: "b", key: "k" }));
      expect(outcome, name).toMatch(/ xmlns=|^(NoSuch\w+|\w+NotFoundError)$/);
    }
  });
});

describe("renderError", () => {
  test("has Code, Message, the error's fields, Resource, RequestId and HostId", () => {
    const error = s3Error("NoSuchKey", { message: "no <such> key", fields: { Key: "a&b" } });
    expect(inside(renderError(error, { requestId: "r", hostId: "h", resource: "/b/a&b" }))).toBe(
      "<Error><Code>NoSuchKey</Code><Message>no &lt;such&gt; key</Message><Key>a&amp;b</Key><Resource>/b/a&amp;b</Resource>" +
        "<RequestId>r</RequestId><HostId>h</HostId></Error>",
    );
    const odd = s3Error("NoSuchKey", { fields: { Key: "a\u0000\u0001\uffff\tb" } });
    expect(renderError(odd, { requestId: "r", hostId: "h" })).toContain("<Key>a\ufffd\ufffd\ufffd\tb</Key>");
    expect(inside(renderError(s3Error("SlowDown"), { requestId: "r", hostId: "h" }))).not.toContain("Resource");
  });
});
