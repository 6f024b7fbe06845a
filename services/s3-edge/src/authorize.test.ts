import { describe, expect, test } from "vitest";
import { authorize } from "./authorize.ts";

const alice = { user: "alice", admin: false };
const root = { user: "root", admin: true };
const ofAlice = { name: "photos", owner: "alice" };
const ofBob = { name: "videos", owner: "bob" };
const ofNobody = { name: "plain", owner: null };
const action = "s3:GetObject";

describe("authorize", () => {
  test.for([
    ["an owner her bucket", alice, ofAlice, true],
    ["an administrator anybody's bucket", root, ofBob, true],
    ["an administrator a bucket of a plain NATS client", root, ofNobody, true],
    ["any user what concerns no bucket", alice, undefined, true],
    ["somebody else's bucket to a user", alice, ofBob, false],
    ["a bucket that belongs to nobody to a user", alice, ofNobody, false],
    ["anything to nobody", undefined, ofAlice, false],
    ["what concerns no bucket to nobody", undefined, undefined, false],
    ["a bucket that belongs to nobody to nobody", undefined, ofNobody, false],
  ] as const)("allows or denies %s", ([, principal, bucket, allowed]) => {
    expect(authorize({ principal, action, ...(bucket && { bucket }) }).allowed).toBe(allowed);
  });

  test("says why, for the log", () => {
    expect(authorize({ principal: alice, action, bucket: ofBob }).reason).toBe("alice does not own videos");
    expect(authorize({ principal: undefined, action }).reason).toBe("anonymous s3:GetObject");
  });
});
