import { describe, expect, test } from "vitest";
import { isAllowed } from "./allowed-hosts.ts";

describe("allowedHosts", () => {
  test.for([
    ["api.example.com", "api.example.com", true],
    ["API.Example.com", "api.example.COM", true],
    ["api.example.com", "example.com", false],
    ["api.example.com", "evil-api.example.com", false],
    ["*.example.com", "api.example.com", true],
    ["*.example.com", "a.b.example.com", true],
    ["*.example.com", "example.com", false],
    ["*.example.com", ".example.com", false],
    ["*.example.com", "evilexample.com", false],
    ["*.example.com", "api.example.com.evil.net", false],
    ["192.0.2.7", "192.0.2.7", true],
    ["[2001:db8::1]", "2001:db8::1", true],
    ["2001:db8::1", "2001:db8::1", true],
    ["2001:DB8:0:0::1", "2001:db8::1", true],
    ["2001:db8::1", "2001:db8::2", false],
  ] as const)("%s and the host %s: %s", ([entry, host, allowed]) => {
    expect(isAllowed([entry], host, 443)).toBe(allowed);
  });

  test("hold an entry with a port to that port", () => {
    expect(isAllowed(["db.example.com:5432"], "db.example.com", 5432)).toBe(true);
    expect(isAllowed(["db.example.com:5432"], "db.example.com", 443)).toBe(false);
    expect(isAllowed(["[2001:db8::1]:5432"], "2001:db8::1", 5432)).toBe(true);
    expect(isAllowed(["[2001:db8::1]:5432"], "2001:db8::1", 80)).toBe(false);
    expect(isAllowed(["*.example.com:8080"], "a.example.com", 8080)).toBe(true);
  });

  test("allow nothing when empty, and everything only when said so", () => {
    expect(isAllowed([], "example.com", 80)).toBe(false);
    expect(isAllowed("any", "example.com", 80)).toBe(true);
  });
});
