import { guest } from "@holdfast/guests";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { compileComponent, ComponentError, instantiate, LinkError, suspending, Trap } from "../src/index.ts";
import { componentBytes, componentFrom, functions } from "./components.ts";

const composed = await componentFrom("composed");

describe("components that were composed into one", () => {
  test("call each other, with strings copied from memory to memory", () => {
    const call = functions(instantiate(composed, { prefix: () => "hello, " }));
    expect(call["greet"]?.("wörld")).toBe("hello, wörld");
  });

  test("suspend together when the inner one waits for the host", async () => {
    const prefix = suspending(async () => {
      await setTimeout(1);
      return "late ";
    });
    const call = functions(instantiate(composed, { prefix }));
    await expect(call["greet"]?.("reply")).resolves.toBe("late reply");
  });

  test("hand each other's errors on", () => {
    const call = functions(instantiate(composed, { prefix: () => "" }));
    expect(call["fail"]?.(false)).toBeUndefined();
    expect(() => call["fail"]?.(true)).toThrow(ComponentError);
  });

  test("hold handles on each other's resources", () => {
    expect(functions(instantiate(composed, { prefix: () => "" }))["through"]?.(42)).toBe(42);
  });

  test("trap together", () => {
    const instance = instantiate(composed, { prefix: () => "" });
    expect(() => functions(instance)["trap"]?.()).toThrow(new Trap("unreachable"));
    expect(() => functions(instance)["through"]?.(1)).toThrow("the instance has trapped");
  });
});

describe("a call under way", () => {
  const pausing = () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const instance = instantiate(composed, { prefix: suspending(() => promise) });
    return { instance, call: functions(instance), resolve, reject };
  };

  test("keeps others out, who are refused with a trap that harms nobody", async () => {
    const { call, resolve } = pausing();
    const first = call["greet"]?.("a");
    await expect(call["greet"]?.("b")).rejects.toThrow("the instance can not be entered: a call is under way");
    resolve("x");
    await expect(first).resolves.toBe("xa");
    await expect(call["greet"]?.("c")).resolves.toBe("xc");
  });

  test("can not be restored over", async () => {
    const { instance, call, resolve } = pausing();
    instance.snapshot();
    const first = call["greet"]?.("a");
    expect(instance.restore()).toBe(false);
    resolve("x");
    await first;
    expect(instance.restore()).toBe(true);
  });

  test("ends with what the host function was rejected with", async () => {
    const { instance, call, reject } = pausing();
    const first = call["greet"]?.("a");
    reject(new Error("the host gave up"));
    await expect(first).rejects.toThrow("the host gave up");
    expect(instance.trapped).toBeInstanceOf(Error);
  });
});

describe("imports", () => {
  test("that are missing are named in wasmCloud's words", async () => {
    const undeclared = await compileComponent(await guest("undeclared-import"));
    const missing = undeclared.imports.find((item) => item.kind === "instance" && item.items.some(isFunction));
    expect(() => instantiate(undeclared)).toThrow(
      new LinkError(
        `component imports instance \`${missing?.name}\`, but a matching implementation was not found in the linker`,
      ),
    );
  });

  test("that lack a function say which", async () => {
    const echo = await compileComponent(await guest("echo"));
    expect(() => instantiate(echo, { "holdfast:guests/values": {} })).toThrow("the function `bools` is missing");
  });

  const code = '(param "code" string)';
  const self = '(param "self" (borrow $thing))';
  const inherited = [
    ["constructor", code],
    ["value-of", code],
    ["has-own-property", code],
    ["[static]thing.constructor", code],
    ["[static]thing.call", code],
    ["[method]thing.to-string", self],
    ["[method]thing.constructor", self],
  ] as const;

  test("are not what every object of JavaScript has", async () => {
    class Thing {
      readonly kind = "thing";
    }
    // asked for at once, they are built by one process
    const words = inherited.map(([NAME, PARAMS]) => componentBytes("inherited", { NAME, PARAMS }));
    for (const bytes of await Promise.all(words)) {
      const compiled = await compileComponent(bytes);
      expect(() => instantiate(compiled, { "holdfast:guests/host": { Thing } })).toThrow("is missing");
    }
  });

  test("of a core module that the component does not give it are named", async () => {
    const compiled = await componentFrom("not-given");
    expect(() => instantiate(compiled)).toThrow(LinkError);
    expect(() => instantiate(compiled)).toThrow(/Import #0 "host"/);
  });

  test("may be inherited from a class of the host's", async () => {
    class Plain {
      toString(): string {
        return "of the host";
      }
    }
    class Derived extends Plain {}
    const bytes = await componentBytes("inherited", { NAME: "to-string", PARAMS: code });
    const compiled = await compileComponent(bytes);
    expect(() => instantiate(compiled, { "holdfast:guests/host": new Derived() })).not.toThrow();
  });

  test("that answer with a promise without being declared so are a trap", () => {
    const call = functions(instantiate(composed, { prefix: () => Promise.reject(new Error("late")) }));
    expect(() => call["greet"]?.("a")).toThrow("answered with a promise, but was not declared as suspending");
  });

  test("can be the exports of another component", async () => {
    const greeter = instantiate(await compileComponent(await guest("greeter")), {});
    const client = await compileComponent(await guest("http-greeter"));
    const wanted = client.imports.map((item) => item.name).filter((name) => name in greeter.exports);
    expect(wanted).toHaveLength(1);
  });
});

const isFunction = (item: { kind: string }) => item.kind === "func";
