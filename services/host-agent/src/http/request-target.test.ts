import { expect, test } from "vitest";
import { targetOf } from "./request-target.ts";

test.for([
  ["/a?b=c", ["Host", "shop.test"], { authority: "shop.test", path: "/a?b=c" }],
  ["/", ["accept", "host", "hOsT", "shop.test:8000"], { authority: "shop.test:8000", path: "/" }],
  ["/", ["Host", "[::1]:8000"], { authority: "[::1]:8000", path: "/" }],
  // HTTP/1.0
  ["/", [], { authority: "", path: "/" }],
  ["*", ["Host", "shop.test"], { authority: "shop.test", path: "*" }],
  ["http://other.test/a", ["Host", "shop.test"], { authority: "other.test", path: "/a" }],
  ["HTTPS://other.test:1?q", ["Host", "shop.test"], { authority: "other.test:1", path: "/?q" }],
] as const)("a request for %s with %j is for %j", ([url, rawHeaders, expected]) => {
  expect(targetOf({ url, rawHeaders })).toEqual(expected);
});

test.for([
  ["/", ["Host", "a.test", "host", "b.test"]],
  ["/", ["Host", "a.test", "Host", "a.test"]],
  ["/", ["Host", "a.test/b"]],
  ["/", ["Host", "a.test, b.test"]],
  ["/", ["Host", "user@a.test"]],
  ["/", ["Host", "a.test:80:90"]],
  ["http://user@a.test/", ["Host", "a.test"]],
  ["ftp://a.test/", ["Host", "a.test"]],
  ["a.test:80", ["Host", "a.test"]],
] as const)("a request for %s with %j is refused", ([url, rawHeaders]) => {
  expect(targetOf({ url, rawHeaders })).toBeUndefined();
});
