import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { multipartETag } from "./multipart-etag.ts";

const md5 = (text: string | Buffer) => createHash("md5").update(text).digest();

test("multipartETag hashes the binary digests, not their hex, and counts the parts", () => {
  const parts = [md5("one"), md5("two")];
  const expected = md5(Buffer.concat(parts)).toString("hex");
  expect(multipartETag(parts.map((part) => part.toString("hex")))).toBe(`${expected}-2`);
});
