import { describe, expect, test } from "vitest";
import { payloadOf } from "../testing.ts";
import {
  addressText,
  checkFamily,
  checkRemote,
  isLoopback,
  isSpecial,
  parseAddress,
  socketAddress,
} from "./address.ts";

const at = (text: string, port = 80) => socketAddress(parseAddress(text)?.val ?? [], port);

describe("an address", () => {
  test.for([
    ["127.0.0.1", [127, 0, 0, 1]],
    ["2001:db8::1", [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]],
    ["::", [0, 0, 0, 0, 0, 0, 0, 0]],
    ["1:2:3:4:5:6:7:8", [1, 2, 3, 4, 5, 6, 7, 8]],
    ["fe80::", [0xfe80, 0, 0, 0, 0, 0, 0, 0]],
  ] as const)("%s is read and written", ([text, parts]) => {
    expect(parseAddress(text)?.val).toEqual(parts);
    expect(addressText(at(text))).toBe(text);
  });

  test.for(["localhost", "1.2.3", "256.1.1.1", "fe80::1%eth0", "", "[::1]"])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test("is of the socket's family, and not one of version 4 in version 6's clothes", () => {
    expect(payloadOf(() => checkFamily(at("127.0.0.1"), "ipv6"))).toBe("invalid-argument");
    expect(payloadOf(() => checkFamily(at("::ffff:127.0.0.1"), "ipv6"))).toBe("invalid-argument");
    expect(payloadOf(() => checkRemote(at("0.0.0.0"), "ipv4"))).toBe("invalid-argument");
    expect(payloadOf(() => checkRemote(at("192.0.2.1", 0), "ipv4"))).toBe("invalid-argument");
    checkRemote(at("192.0.2.1"), "ipv4");
  });

  test("is known for the workload's own or for one that no rule for all means", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1"].every((text) => isLoopback(at(text)))).toBe(true);
    expect(["128.0.0.1", "::2", "1::1"].some((text) => isLoopback(at(text)))).toBe(false);
    const special = [
      "169.254.169.254",
      "fe80::1",
      "fd00:ec2::254",
      "224.0.0.1",
      "255.255.255.255",
      "ff02::1",
      "0.1.2.3",
    ];
    expect(special.every((text) => isSpecial(at(text)))).toBe(true);
    expect(["10.0.0.1", "192.0.2.1", "2001:db8::1"].some((text) => isSpecial(at(text)))).toBe(false);
  });
});
