import { describe, expect, test } from "vitest";
import { isSuspending } from "@holdfast/component-host";
import { Trap } from "@holdfast/component-host";
import { InputStream } from "./input-stream.ts";
import { OutputStream } from "./output-stream.ts";
import { Pipe } from "./pipe.ts";
import { Pollable, poll } from "./poll.ts";

function suspendingOnes(prototype: object): string[] {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  return methods.flatMap(([name, { value }]) => (typeof value === "function" && isSuspending(value) ? [name] : []));
}

describe("poll", () => {
  test("answers at once with the indexes of all that are ready", () => {
    const [quiet, loud] = [new Pipe(10), new Pipe(10)];
    loud.write(new Uint8Array(1));
    const pollables = [quiet, loud, loud].map((pipe) => new InputStream(pipe).subscribe());
    expect(poll(pollables)).toEqual(Uint32Array.of(1, 2));
    expect(pollables.map((pollable) => pollable.ready())).toEqual([false, true, true]);
  });

  test("waits for the first one to be ready", async () => {
    const pipes = [new Pipe(10), new Pipe(10)];
    const answer = poll(pipes.map((pipe) => new InputStream(pipe).subscribe()));
    expect(answer).toBeInstanceOf(Promise);
    pipes[1]?.write(new Uint8Array(1));
    expect(await answer).toEqual(Uint32Array.of(1));
  });

  test("traps when there is nothing to wait for", () => {
    expect(() => poll([])).toThrow(Trap);
  });

  test("leaves nothing behind on what did not become ready", async () => {
    let waiting = 0;
    const never = new Pollable({
      isReady: () => false,
      onReady: () => {
        waiting++;
        return () => void waiting--;
      },
    });
    for (let i = 0; i < 3; i++) {
      const pipe = new Pipe(10);
      const answer = poll([never, new InputStream(pipe).subscribe()]);
      expect(waiting).toBe(1);
      pipe.end();
      await answer;
    }
    expect(waiting).toBe(0);
  });

  test("blocks on one pollable until it is ready, and not at all when it is", async () => {
    const pipe = new Pipe(1000);
    const pollable = new InputStream(pipe).subscribe();
    const blocked = pollable.block();
    pipe.write(new Uint8Array(1));
    await blocked;
    expect(pollable.block()).toBeUndefined();
    expect(new OutputStream(pipe).subscribe().ready()).toBe(true);
  });

  test("and the blocking calls are those that suspend", () => {
    expect(isSuspending(poll)).toBe(true);
    expect(suspendingOnes(Pollable.prototype)).toEqual(["block"]);
    expect(suspendingOnes(InputStream.prototype)).toEqual(["blockingRead", "blockingSkip"]);
    expect(suspendingOnes(OutputStream.prototype)).toEqual([
      "blockingWriteAndFlush",
      "blockingWriteZeroesAndFlush",
      "blockingSplice",
    ]);
  });
});
