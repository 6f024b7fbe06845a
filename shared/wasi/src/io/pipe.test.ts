import { describe, expect, test } from "vitest";
import { bytes, payloadOf, text } from "../testing.ts";
import { Trap } from "@holdfast/component-host";
import { InputStream } from "./input-stream.ts";
import { IoError } from "./io-error.ts";
import { OutputStream } from "./output-stream.ts";
import { Pipe } from "./pipe.ts";
import { bytesSource } from "./sources.ts";

function piped(capacity = 256) {
  const pipe = new Pipe(capacity);
  return { pipe, input: new InputStream(pipe), output: new OutputStream(pipe) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a stream", () => {
  test("gives what was written, in order, at most what was asked for", () => {
    const { input, output } = piped();
    output.write(bytes("hello"));
    output.write(bytes("world"));
    expect(text(input.read(3n))).toBe("hel");
    expect(text(input.read(100n))).toBe("lo");
    expect(input.skip(2n)).toBe(2n);
    expect(text(input.read(100n))).toBe("rld");
  });

  test("answers a read of an open, empty stream with nothing, and of an ended one with closed", () => {
    const { pipe, input, output } = piped();
    expect(input.read(10n)).toHaveLength(0);
    output.write(bytes("rest"));
    pipe.end();
    expect(text(input.read(10n))).toBe("rest");
    expect(payloadOf(() => input.read(10n))).toEqual({ tag: "closed" });
    expect(payloadOf(() => output.checkWrite())).toEqual({ tag: "closed" });
    expect(payloadOf(() => output.flush())).toEqual({ tag: "closed" });
  });

  test("tells the writer's failure after what was written before it", () => {
    const { pipe, input, output } = piped();
    const error = new IoError("connection reset");
    output.write(bytes("rest"));
    pipe.end(error);
    expect(text(input.read(10n))).toBe("rest");
    expect(payloadOf(() => input.read(10n))).toEqual({ tag: "last-operation-failed", val: error });
    expect(error.toDebugString()).toBe("connection reset");
  });

  test("answers a blocking read at once when bytes are there, and later when they come", async () => {
    const { input, output } = piped();
    output.write(bytes("now"));
    expect(input.blockingRead(10n)).toBeInstanceOf(Uint8Array);
    const later = input.blockingRead(10n);
    expect(later).toBeInstanceOf(Promise);
    output.write(bytes("later"));
    expect(text(await later)).toBe("later");
    const skipped = input.blockingSkip(2n);
    output.write(bytes("abc"));
    expect(await skipped).toBe(2n);
  });

  test("makes a blocking write wait until the reader has made room", async () => {
    const { input, output } = piped(200);
    const long = bytes("x".repeat(500));
    const log: string[] = [];
    const done = Promise.resolve(output.blockingWriteAndFlush(long)).then(() => log.push("written"));
    for (let got = 0; got < 500; log.push(`${got} read`)) {
      await turn();
      got += input.read(1000n).length;
    }
    await done;
    expect(log.slice(0, 2)).toEqual(["200 read", "400 read"]);
    expect(log.slice(-2)).toEqual(["written", "500 read"]);
  });

  test("traps a write of more than check-write permits, zeroes too", () => {
    const { output } = piped(100);
    expect(output.checkWrite()).toBe(100n);
    expect(() => output.write(new Uint8Array(101))).toThrow(Trap);
    expect(() => output.writeZeroes(2n ** 60n)).toThrow(Trap);
    output.writeZeroes(36n);
    expect(output.checkWrite()).toBe(0n);
  });

  test("writes more zeroes than fit as the reader takes them", async () => {
    const { input, output } = piped(100);
    const done = output.blockingWriteZeroesAndFlush(250n);
    let got = 0;
    while (got < 250) {
      const piece = await input.blockingRead(1000n);
      expect(piece.every((byte) => byte === 0)).toBe(true);
      got += piece.length;
    }
    await done;
    expect(got).toBe(250);
  });

  test("fills up with single bytes long before they cost the host its memory", () => {
    const { output } = piped(1000);
    let writes = 0;
    for (; output.checkWrite() > 0n; writes++) output.write(new Uint8Array(1));
    expect(writes).toBeLessThan(20);
  });

  test("tells the writer that the reader left", async () => {
    const { pipe, output } = piped(10);
    const stuck = output.blockingWriteAndFlush(new Uint8Array(50));
    pipe.cancel();
    await expect(stuck).rejects.toMatchObject({ payload: { tag: "closed" } });
    expect(payloadOf(() => output.checkWrite())).toEqual({ tag: "closed" });
  });

  test("splices what is there and fits", async () => {
    const { input, output } = piped(100);
    const from = new InputStream(bytesSource(bytes("y".repeat(150))));
    expect(output.splice(from, 1000n)).toBe(100n);
    expect(output.splice(from, 1000n)).toBe(0n);
    const later = output.blockingSplice(from, 1000n);
    expect(later).toBeInstanceOf(Promise);
    expect(input.read(1000n)).toHaveLength(100);
    expect(await later).toBe(50n);
    expect(payloadOf(() => output.splice(from, 1n))).toEqual({ tag: "closed" });
  });
});
