import { describe, expect, test } from "vitest";
import { Fields } from "./http/fields.ts";
import { Budget } from "./budget.ts";
import type { InputStream } from "./io/input-stream.ts";
import type { OutputStream } from "./io/output-stream.ts";
import type { Pollable } from "./io/poll.ts";
import { VirtualLoopback } from "./sockets/virtual-loopback.ts";
import { loopbackAddress } from "./sockets/address.ts";
import type { createSockets } from "./sockets/sockets.ts";
import { bytes, payloadOf, text } from "./testing.ts";
import { createWasi } from "./wasi.ts";

type Sockets = ReturnType<typeof createSockets>;
/** The functions that these tests call, by interface. */
interface Called {
  "wasi:cli/stdin": { getStdin(): InputStream };
  "wasi:cli/stdout": { getStdout(): OutputStream };
  "wasi:clocks/monotonic-clock": { subscribeDuration(ns: bigint): Pollable };
  "wasi:http/types": { Fields: new () => Fields };
  "wasi:sockets/tcp-create-socket": Sockets["tcpCreateSocket"];
}

function made(lines: string[] = []) {
  const loopback = new VirtualLoopback();
  const wasi = createWasi({
    cli: { stdin: bytes("input"), stdout: (line) => lines.push(line) },
    sockets: { loopback, mayListen: true, maxSockets: 1 },
    http: { maxHeldBytes: 200 },
  });
  const imports: object = wasi.imports;
  const get = <Name extends keyof Called>(name: Name): Called[Name] => Reflect.get(imports, `${name}@0.2.12`);
  return { wasi, get, loopback };
}

describe("after reset an instance", () => {
  test("has no socket of the call before, neither its own nor in others' way", () => {
    const { wasi, get, loopback } = made();
    const { createTcpSocket } = get("wasi:sockets/tcp-create-socket");
    const socket = createTcpSocket("ipv4");
    socket.startBind({}, loopbackAddress("ipv4", 80));
    expect(payloadOf(() => createTcpSocket("ipv4"))).toBe("new-socket-limit");
    wasi.reset();
    loopback.bindTcp("ipv4", 80).release();
    expect(payloadOf(() => socket.finishBind())).toBe("not-in-progress");
    createTcpSocket("ipv4");
  });

  test("reads its input from the beginning and begins a new line", () => {
    const lines: string[] = [];
    const { wasi, get } = made(lines);
    get("wasi:cli/stdin").getStdin().read(3n);
    get("wasi:cli/stdout").getStdout().write(bytes("half a "));
    wasi.reset();
    expect(text(get("wasi:cli/stdin").getStdin().read(9n))).toBe("input");
    get("wasi:cli/stdout").getStdout().write(bytes("line\n"));
    expect(lines).toEqual(["half a ", "line"]);
  });

  test("may hold as much as at first", () => {
    const { wasi, get } = made();
    const hoard = () => new (get("wasi:http/types").Fields)().append("a", bytes("x".repeat(100)));
    hoard();
    expect(hoard).toThrow("at once");
    wasi.reset();
    hoard();
  });

  test("keeps no timer running", async () => {
    const { wasi, get } = made();
    const before = process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
    void get("wasi:clocks/monotonic-clock")
      .subscribeDuration(10n ** 15n)
      .block();
    const running = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
    expect(running()).toBe(before + 1);
    wasi.reset();
    expect(running()).toBe(before);
  });
});

describe("two instances", () => {
  test("share classes, and nothing that a guest could see", () => {
    const [one, other] = [made(), made()];
    const fields = new (one.get("wasi:http/types").Fields)();
    expect(fields).toBeInstanceOf(Fields);
    expect(Object.getPrototypeOf(fields)).toBe(Object.getPrototypeOf(new Fields(new Budget("fields", 1))));
    fields.append("a", bytes("x".repeat(100)));
    new (other.get("wasi:http/types").Fields)().append("a", bytes("x".repeat(100)));
  });
});
