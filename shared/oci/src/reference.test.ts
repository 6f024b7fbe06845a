import { describe, expect, test } from "vitest";
import { formatReference, isLoopback, parseReference } from "./reference.ts";

const sha256 = `sha256:${"0a".repeat(32)}`;

describe("parseReference", () => {
  test.for([
    ["ghcr.io/wasmcloud/components/http-hello:0.1.0", "ghcr.io", "wasmcloud/components/http-hello", "0.1.0", undefined],
    ["oci://ghcr.io/a/b", "ghcr.io", "a/b", "latest", undefined],
    ["localhost:5000/tool", "localhost:5000", "tool", "latest", undefined],
    ["localhost/tool:1", "localhost", "tool", "1", undefined],
    ["127.0.0.1:5000/a:v1", "127.0.0.1:5000", "a", "v1", undefined],
    ["[::1]:5000/a:v1", "[::1]:5000", "a", "v1", undefined],
    ["GHCR.io/a/b:1", "ghcr.io", "a/b", "1", undefined],
    ["nginx", "docker.io", "library/nginx", "latest", undefined],
    ["team/tool:2", "docker.io", "team/tool", "2", undefined],
    ["docker.io/nginx", "docker.io", "library/nginx", "latest", undefined],
    ["index.docker.io/team/tool", "docker.io", "team/tool", "latest", undefined],
    [`ghcr.io/a/b@${sha256}`, "ghcr.io", "a/b", undefined, sha256],
    [`ghcr.io/a/b:1@${sha256}`, "ghcr.io", "a/b", "1", sha256],
    ["ghcr.io/a_b/c-d.e__f:T_1.x-y", "ghcr.io", "a_b/c-d.e__f", "T_1.x-y", undefined],
  ] as const)("reads %s", ([text, registry, repository, tag, digest]) => {
    const reference = parseReference(text);
    expect(reference).toEqual({ registry, repository, ...(tag && { tag }), ...(digest && { digest }) });
    expect(parseReference(formatReference(reference)), "written and read again").toEqual(reference);
  });

  test.for([
    "",
    "oci://",
    "ghcr.io/",
    "ghcr.io/A/b",
    "ghcr.io/a//b",
    "ghcr.io/../etc",
    "ghcr.io/a:",
    "ghcr.io/a: b",
    "ghcr.io/a@",
    "ghcr.io/a@sha256:00",
    "ghcr.io/a@md5:d41d8cd98f00b204e9800998ecf8427e",
    `ghcr.io/a@${sha256.toUpperCase()}`,
    "https://ghcr.io/a",
    "s3://bucket/key",
    "user:secret@ghcr.io/a",
    "ghcr.io:99999/a",
    "gh_cr.io/a",
    "-ghcr.io/a",
    "ghcr.io/a?b",
    "ghcr.io/a#b",
    "ghcr.io/a\n",
    `ghcr.io/${"a".repeat(256)}`,
    "a".repeat(1_000),
    `ghcr.io/a:${"t".repeat(129)}`,
  ])("refuses %j", (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "InvalidReference" }));
  });
});

describe("isLoopback", () => {
  test.for([
    ["localhost:5000", true],
    ["127.0.0.1", true],
    ["127.8.9.10:1", true],
    ["[::1]:5000", true],
    ["localhost.example.org", false],
    ["127.0.0.1.example.org", false],
    ["10.0.0.1:5000", false],
    ["0.0.0.0:5000", false],
    ["ghcr.io", false],
  ] as const)("says of %s %s", ([registry, expected]) => {
    expect(isLoopback(registry)).toBe(expected);
  });
});
