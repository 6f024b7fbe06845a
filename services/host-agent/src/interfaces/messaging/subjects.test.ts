import { describe, expect, test } from "vitest";
import { isPattern, isSubject, overlaps, whyNotPublish, whyNotSubscribe } from "./subjects.ts";

describe("subjects", () => {
  test.for(["a", "a.b", "tasks.leet", "ü.x", "a-b_c"])("%j is one", (text) => {
    expect(isSubject(text)).toBe(true);
  });
  test.for(["", ".", "a.", ".a", "a..b", "a b", "a\tb", "a.*", "a.>", "a\r\nPUB x", "x".repeat(256)])(
    "%j is none",
    (text) => {
      expect(isSubject(text)).toBe(false);
    },
  );
  test.for([
    ["a.*", true],
    ["a.>", true],
    [">", true],
    ["a.*.c", true],
    ["a.>.c", false],
    ["a*", false],
    ["a.b>", false],
  ] as const)("%j as a pattern: %s", ([text, expected]) => {
    expect(isPattern(text)).toBe(expected);
  });

  test.for([
    ["a.b", "a.b", true],
    ["a.b", "a.c", false],
    ["a.*", "a.b", true],
    ["a.*", "a.b.c", false],
    ["a.>", "a", false],
    ["a.>", "a.b.c", true],
    ["*.b", "a.*", true],
    ["a.*.c", "a.>", true],
    ["a.b.*", "a.*", false],
  ] as const)("%j and %j overlap: %s", ([one, other, expected]) => {
    expect(overlaps(one, other)).toBe(expected);
    expect(overlaps(other, one)).toBe(expected);
  });
});

describe("what components may publish", () => {
  test.for(["tasks.leet", "orders.v1.created", "runtimes.x", "holdfasts", "auth"])("%j", (subject) => {
    expect(whyNotPublish(subject)).toBeUndefined();
  });
  test.for([
    "$JS.API.STREAM.DELETE.KV_x",
    "$KV.holdfast-auth.root",
    "$SYS.REQ.SERVER.PING",
    "$SRV.PING",
    "_INBOX.abc",
    "_INBOX_auth.abc",
    "auth.v1.CreateKey",
    "object-metadata.v1.DeleteBucket",
    "scheduler.v1.Apply",
    "host-agent.v1.h1.StopWorkload",
    "runtime.host.h1.workload.stop",
    "runtime.operator.heartbeat.h1",
    "holdfast.auth.changed",
    "holdfast.events.s3.bucket.created",
    "not a subject",
    "tasks.*",
  ])("not %j", (subject) => {
    expect(whyNotPublish(subject)).toBeTypeOf("string");
  });
});

describe("what components may subscribe to", () => {
  test.for(["tasks.>", "tasks.*.x", "holdfast.events.s3.uploads.>", "holdfast.events.>"])("%j", (pattern) => {
    expect(whyNotSubscribe(pattern)).toBeUndefined();
  });
  test.for([
    ">",
    "*",
    "*.v1.>",
    "*.x",
    "$JS.>",
    "$KV.b.>",
    "_INBOX.>",
    "_INBOX_auth.>",
    "runtime.>",
    "runtime.host.*.>",
    "holdfast.>",
    "holdfast.*.>",
    "auth.>",
    "auth.*.CreateKey",
    "a b",
  ])("not %j", (pattern) => {
    expect(whyNotSubscribe(pattern)).toBeTypeOf("string");
  });
});
