import { describe, expect, test } from "vitest";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import { isValidBucketName, validateBucketName } from "./bucket-name.ts";

describe("validateBucketName", () => {
  test.for([
    "abc",
    "a1b",
    "my-bucket",
    "my.bucket.example",
    "1bucket1",
    "a--b",
    "a.-b",
    "x".repeat(63),
    "1.2.3",
    "1.2.3.4.5",
    "metrics",
  ])("takes %s", (name) => {
    expect(isValidBucketName(name)).toBe(true);
  });

  test.for([
    ["ab", "too short"],
    ["x".repeat(64), "too long"],
    ["", "empty"],
    ["Bucket", "upper case"],
    ["my_bucket", "underscore"],
    ["my bucket", "blank"],
    ["bücket", "not ASCII"],
    ["-ab", "begins with a hyphen"],
    ["ab-", "ends with a hyphen"],
    [".ab", "begins with a dot"],
    ["ab.", "ends with a dot"],
    ["a..b", "adjacent dots"],
    ["192.168.5.4", "an IP address"],
    ["999.999.999.999", "formatted as an IP address"],
    ["xn--abc", "reserved prefix"],
    ["sthree-abc", "reserved prefix"],
    ["sthree-configurator", "reserved prefix"],
    ["amzn-s3-demo-abc", "reserved prefix"],
    ["abc-s3alias", "reserved suffix"],
    ["abc--ol-s3", "reserved suffix"],
    ["abc.mrap", "reserved suffix"],
    ["abc--x-s3", "reserved suffix"],
    ["abc--table-s3", "reserved suffix"],
    ["abc\n", "line feed"],
  ])("refuses %j: %s", ([name]) => {
    const error = expectS3Error("InvalidBucketName", () => validateBucketName(name ?? ""));
    expect(error.fields).toEqual({ BucketName: name });
  });

  test.for(["a", "7", "b2"])("takes %s only where short names are allowed", (name) => {
    expect(isValidBucketName(name)).toBe(false);
    expect(isValidBucketName(name, { allowShort: true })).toBe(true);
  });

  test.for(["-", ".", "a.", "A"])("refuses %s also where short names are allowed", (name) => {
    expect(isValidBucketName(name, { allowShort: true })).toBe(false);
  });
});
