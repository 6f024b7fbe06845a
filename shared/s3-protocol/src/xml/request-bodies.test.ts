import { describe, expect, test } from "vitest";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import {
  bodyLimits,
  checkLocationConstraint,
  parseCompleteMultipartUpload,
  parseCreateBucketConfiguration,
  parseDelete,
  parseTagging,
} from "./request-bodies.ts";
import { escapeXml } from "./write.ts";

const ns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const bytes = (xml: string) => Buffer.from(xml);

describe("parseCreateBucketConfiguration", () => {
  const parse = (inner: string) =>
    parseCreateBucketConfiguration(bytes(`<CreateBucketConfiguration ${ns}>${inner}</CreateBucketConfiguration>`));

  test("reads the location, which may be missing", () => {
    expect(parse("<LocationConstraint>eu-west-1</LocationConstraint>")).toEqual({ locationConstraint: "eu-west-1" });
    expect(parse("<LocationConstraint/>")).toEqual({});
    expect(parse("")).toEqual({});
    expect(parseCreateBucketConfiguration(bytes(""))).toEqual({});
  });

  test.for([
    "<Location><Type>AvailabilityZone</Type></Location>",
    "<Bucket><Type>Directory</Type></Bucket>",
    "<Tags/>",
  ])("answers NotImplemented to %s", (inner) => {
    expectS3Error("NotImplemented", () => parse(inner));
  });

  test.for([
    "<Region>x</Region>",
    "x",
    "<LocationConstraint><a/></LocationConstraint>",
    "<LocationConstraint/><LocationConstraint/>",
  ])("answers MalformedXML to %s", (inner) => {
    expectS3Error("MalformedXML", () => parse(inner));
  });

  test("must name the region served", () => {
    expect(checkLocationConstraint(undefined, "us-east-1")).toBeUndefined();
    expect(checkLocationConstraint("eu-west-1", "eu-west-1")).toBeUndefined();
    expect(checkLocationConstraint("EU", "eu-west-1")).toBeUndefined();
    const { fields } = expectS3Error("InvalidLocationConstraint", () => checkLocationConstraint("mars", "us-east-1"));
    expect(fields).toEqual({ LocationConstraint: "mars" });
  });
});

describe("parseDelete", () => {
  const parse = (inner: string) => parseDelete(bytes(`<Delete ${ns}>${inner}</Delete>`));
  const object = (key: string) => `<Object><Key>${escapeXml(key)}</Key></Object>`;

  test("reads keys as they are, in order", () => {
    const keys = [" a ", "\u0001", "a&b<c>", "ä😀", "line\r\nfeed", "//", "007", "true", "__proto__"];
    expect(parse(keys.map((key) => object(key)).join(""))).toEqual({
      quiet: false,
      objects: keys.map((key) => ({ key })),
    });
  });

  test("reads what SDKs send: prefixes, blanks between elements, Quiet first or last", () => {
    const body = `<?xml version="1.0"?>\n<s3:Delete xmlns:s3="x">\n  <s3:Object>\n <s3:Key>k</s3:Key>\n</s3:Object>\n<s3:Quiet>true</s3:Quiet></s3:Delete>`;
    expect(parseDelete(bytes(body))).toEqual({ quiet: true, objects: [{ key: "k" }] });
    expect(parse(`<Quiet>False</Quiet>${object("k")}`).quiet).toBe(false);
  });

  test("reads versions and ETags", () => {
    expect(parse('<Object><Key>k</Key><VersionId>null</VersionId><ETag>"e"</ETag></Object>').objects).toEqual([
      { key: "k", versionId: "null", etag: "e" },
    ]);
  });

  test.for([
    ["<Object><Key>k</Key><VersionId>x</VersionId></Object>", "InvalidArgument"],
    ["<Object><Key>k</Key><Size>1</Size></Object>", "NotImplemented"],
    ["<Object><Key>k</Key><LastModifiedTime>x</LastModifiedTime></Object>", "NotImplemented"],
    [`<Object><Key>${"k".repeat(1025)}</Key></Object>`, "KeyTooLongError"],
    ["<Object><Key>../k</Key></Object>", "InvalidURI"],
  ] as const)("reports for the one key alone what is wrong with it: %s", ([inner, code]) => {
    const { objects } = parse(`${object("good")}${inner}`);
    expect(objects[0]?.error).toBeUndefined();
    expect(objects[1]?.error).toMatchObject({ code });
  });

  test("takes 1 to 1,000 objects", () => {
    expect(parse(object("k").repeat(1000)).objects).toHaveLength(1000);
    expectS3Error("MalformedXML", () => parse(object("k").repeat(1001)));
    expectS3Error("MalformedXML", () => parse(""));
    expectS3Error("MalformedXML", () => parseDelete(bytes("")));
  });

  test("has room for the largest body that is valid", () => {
    const body = bytes(`<Delete>${object('"'.repeat(1024)).repeat(1000)}</Delete>`);
    expect(body.byteLength).toBeLessThan(bodyLimits.DeleteObjects);
    expect(parseDelete(body).objects).toHaveLength(1000);
  });

  test.for([
    "<Object/>",
    "<Object><Key/></Object>",
    "<Object><Key>a</Key><Key>b</Key></Object>",
    "<Object><Key>a</Key><Nonsense/></Object>",
    "<Object>a</Object>",
    "<Key>a</Key>",
    "<Object><Key>a<b/></Key></Object>",
    `<Quiet>yes</Quiet>${object("k")}`,
    `<Quiet>true</Quiet><Quiet>true</Quiet>${object("k")}`,
    `text${object("k")}`,
  ])("answers MalformedXML to %s", (inner) => {
    expectS3Error("MalformedXML", () => parse(inner));
  });

  test("answers MalformedXML to another operation's body", () => {
    expectS3Error("MalformedXML", () => parseDelete(bytes("<Tagging><TagSet/></Tagging>")));
  });
});

describe("parseCompleteMultipartUpload", () => {
  const parse = (inner: string) =>
    parseCompleteMultipartUpload(bytes(`<CompleteMultipartUpload ${ns}>${inner}</CompleteMultipartUpload>`));

  test("reads parts with quoted and bare ETags, and a checksum", () => {
    const inner =
      "<Part><PartNumber>2</PartNumber><ETag>&quot;abc&quot;</ETag></Part>" +
      "<Part><ETag>def</ETag><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C><PartNumber> 1 </PartNumber></Part>";
    expect(parse(inner)).toEqual([
      { partNumber: 2, etag: "abc" },
      { partNumber: 1, etag: "def", checksum: { algorithm: "CRC32C", value: "AAAAAA==" } },
    ]);
  });

  test.for([
    ["<Part><PartNumber>0</PartNumber><ETag>a</ETag></Part>", "InvalidArgument"],
    ["<Part><PartNumber>10001</PartNumber><ETag>a</ETag></Part>", "InvalidArgument"],
    ["<Part><PartNumber>x</PartNumber><ETag>a</ETag></Part>", "MalformedXML"],
    ["<Part><PartNumber>-1</PartNumber><ETag>a</ETag></Part>", "MalformedXML"],
    ["<Part><ETag>a</ETag></Part>", "MalformedXML"],
    ["<Part><PartNumber>1</PartNumber></Part>", "MalformedXML"],
    [`<Part><PartNumber>1</PartNumber><ETag>${"a".repeat(65)}</ETag></Part>`, "InvalidPart"],
    ["<Part><PartNumber>1</PartNumber><ETag/></Part>", "InvalidPart"],
    ["<Part><PartNumber>1</PartNumber><ETag>a</ETag><ChecksumXXHASH64>a</ChecksumXXHASH64></Part>", "NotImplemented"],
    [
      "<Part><PartNumber>1</PartNumber><ETag>a</ETag><ChecksumSHA1>a</ChecksumSHA1><ChecksumCRC32>a</ChecksumCRC32></Part>",
      "MalformedXML",
    ],
    ["<Piece/>", "MalformedXML"],
    ["", "MalformedXML"],
  ] as const)("answers %s with its code", ([inner, code]) => {
    expectS3Error(code, () => parse(inner));
  });

  test("takes 10,000 parts with checksums, and no more", () => {
    const part = `\n  <Part>\n    <PartNumber>1</PartNumber>\n    <ETag>&quot;${"a".repeat(32)}&quot;</ETag>\n    <ChecksumSHA256>${"a".repeat(44)}</ChecksumSHA256>\n  </Part>`;
    expect(parse(part.repeat(10_000))).toHaveLength(10_000);
    expectS3Error("MalformedXML", () => parse("<Part><PartNumber>1</PartNumber><ETag>a</ETag></Part>".repeat(10_001)));
  });
});

describe("parseTagging", () => {
  const parse = (inner: string) => parseTagging(bytes(`<Tagging ${ns}><TagSet>${inner}</TagSet></Tagging>`));
  const tag = (key: string, value: string) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`;

  test("reads none to ten tags", () => {
    expect(parse("")).toEqual([]);
    expect(parse(tag("a b", "") + tag("c", " d "))).toEqual([
      { key: "a b", value: "" },
      { key: "c", value: " d " },
    ]);
  });

  test.for([
    [Array.from({ length: 11 }, (_, i) => tag(`k${i}`, "v")).join(""), "BadRequest"],
    [tag("a", "1") + tag("a", "2"), "InvalidTag"],
    [tag("", "1"), "InvalidTag"],
    [tag("a", "&lt;"), "InvalidTag"],
    [tag("a".repeat(129), "1"), "InvalidTag"],
    ["<Tag><Key>a</Key></Tag>", "MalformedXML"],
    ["<Tag><Key>a</Key><Value>1</Value><Value>2</Value></Tag>", "MalformedXML"],
    ["<Label/>", "MalformedXML"],
  ] as const)("answers %s with its code", ([inner, code]) => {
    expectS3Error(code, () => parse(inner));
  });

  test("needs a TagSet", () => {
    expectS3Error("MalformedXML", () => parseTagging(bytes("<Tagging/>")));
    expectS3Error("MalformedXML", () => parseTagging(bytes("<Tagging><TagSet/><TagSet/></Tagging>")));
  });
});
