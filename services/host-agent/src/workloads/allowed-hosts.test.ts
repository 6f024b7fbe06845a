import { expect, test } from "vitest";
import { plainHost } from "./allowed-hosts.ts";

test.for([
  ["api.example.com", "api.example.com"],
  ["*.example.com", "*.example.com"],
  ["*", "*"],
  ["host:8443", "host:8443"],
  ["https://api.example.com", "api.example.com:443"],
  ["HTTP://api.example.com/", "api.example.com:80"],
  ["https://api.example.com:8443/", "api.example.com:8443"],
  ["https://[::1]", "[::1]:443"],
  ["https://[::1]:9000", "[::1]:9000"],
  ["[::1]", "[::1]"],
] as const)("the entry %s of allowedHosts is %s", ([entry, expected]) => {
  expect(plainHost(entry)).toBe(expected);
});
