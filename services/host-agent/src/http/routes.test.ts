import { describe, expect, test } from "vitest";
import { hostName, Routes, routesOf } from "./routes.ts";

const table = (...entries: [config: Record<string, string>, target: string][]) => {
  const routes = new Routes<string>();
  for (const [config, target] of entries) routes.add(routesOf({ config }, target), (a, b) => a[0] === b[0]);
  return routes;
};
const found = (routes: Routes<string>, host: string, path = "/") => {
  const answer = routes.find(host, path);
  return "targets" in answer ? answer.targets[0] : answer.missing;
};

describe("a request", () => {
  const routes = table(
    [{}, "anything"],
    [{ host: "a.test" }, "a"],
    [{ host: "a.test", path: "/api/" }, "a-api"],
    [{ host: "*.test" }, "wild"],
    [{ host: "x.test, y.test" }, "both"],
  );

  test.for([
    ["a.test", "/", "a"],
    ["A.Test:8000", "/", "a"],
    ["a.test.", "/", "a"],
    ["a.test", "/api", "a-api"],
    ["a.test", "/api/1?q=2", "a-api"],
    ["a.test", "/api?q=2", "a-api"],
    ["a.test", "/apis", "a"],
    ["deep.b.test", "/", "wild"],
    ["test", "/", "anything"],
    ["y.test", "/", "both"],
    ["[::1]:80", "/", "anything"],
    ["", "/", "anything"],
  ] as const)("for host %j and path %s goes to %s", ([host, path, target]) => {
    expect(found(routes, host, path)).toBe(target);
  });

  test("for a host or a path that nobody answers says which", () => {
    const few = table([{ host: "a.test", path: "/api" }, "a"]);
    expect(found(few, "b.test")).toBe("host");
    expect(found(few, "a.test")).toBe("path");
  });
});

describe("a route", () => {
  test("that workloads of one tenant share is served by each in turn", () => {
    const routes = table([{ host: "a.test" }, "t1"], [{ host: "a.test" }, "t2"]);
    expect([1, 2, 3].map(() => found(routes, "a.test"))).toEqual(["t1", "t2", "t1"]);
  });

  test("of another tenant cannot be taken", () => {
    expect(() => table([{ host: "a.test" }, "t1"], [{ host: "A.TEST:80" }, "u1"])).toThrow("another namespace");
    expect(() => table([{}, "t1"], [{}, "u1"])).toThrow(
      "wasi:http: any host/ belongs to a workload of another namespace",
    );
  });

  test("below a host of another tenant cannot be taken, above and beside it can", () => {
    const taken = "wasi:http: a.test belongs to a workload of another namespace";
    expect(() => table([{ host: "a.test" }, "t1"], [{ host: "b.test, a.test", path: "/login" }, "u1"])).toThrow(taken);
    expect(() => table([{ host: "a.test", path: "/a" }, "t1"], [{ host: "a.test", path: "/b" }, "u1"])).toThrow(taken);
    table([{ host: "*.test" }, "t1"], [{ host: "a.test" }, "u1"], [{}, "v1"], [{ path: "/b" }, "w1"]);
  });

  test("is gone when it is taken away", () => {
    const routes = new Routes<string>();
    const remove = routes.add(routesOf({ config: {} }, "t"), () => true);
    remove();
    expect(found(routes, "a.test")).toBe("host");
  });
});

test("hostName is lower case and without port", () => {
  expect(hostName("[::1]:8000")).toBe("[::1]");
  expect(hostName("EXAMPLE.com:")).toBe("example.com");
});
