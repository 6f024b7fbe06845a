import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { multipartETag } from "./multipart-etag.ts";

const md5 = (text: string | Buffer) => createHash("md5").update(text).digest();

test("multipartETag hashes the binary digests, not their hex, and counts the parts", () => {
  const parts = [md5("one"), md5("two")];
  const expected = md5(Buffer.concat(parts)).toString("hex");
  expect(multipartETag(parts.map((part) => part.toString("hex")))).toBe(`${expected}-2`);
  // what AWS answers for one part of 5 MiB of zero bytes (well known from its documentation and tools)
  expect(multipartETag([md5(Buffer.alloc(5 * 1024 * 1024)).toString("hex")])).toBe(
    "79b281060d337b9b2b84ccf390adcf74-1",
  );
});
