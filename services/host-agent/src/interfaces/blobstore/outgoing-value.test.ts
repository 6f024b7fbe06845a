import { ComponentError } from "@holdfast/component-host";
import { describe, expect, test } from "vitest";
import type { Remote } from "../../bindings.ts";
import { memoryBlobStore } from "./memory.ts";
import { blobStoreOperations, type BlobStoreOperations } from "./operations.ts";
import { outgoingValueClass } from "./outgoing-value.ts";

async function setUp() {
  const backend: Remote<BlobStoreOperations> = blobStoreOperations(
    new Map([["", { backend: memoryBlobStore(), config: {} }]]),
  );
  await backend.createContainer("c");
  const OutgoingValue = outgoingValueClass(backend);
  const written = async () => Buffer.from((await backend.openRead("c", "o", 0n, 1_000_000n)).first).toString();
  return { backend, OutgoingValue, written, value: OutgoingValue.newOutgoingValue() };
}

const text = (value: string) => new TextEncoder().encode(value);
const failsWith = (payload: unknown) => expect.objectContaining({ payload });

describe("an outgoing value", () => {
  test("is stored when it is told where to first and written then", async () => {
    const { OutgoingValue, value, written } = await setUp();
    await value.writeTo("c", "o");
    const body = value.outgoingValueWriteBody();
    for (const piece of ["a", "b", "c"]) await body.blockingWriteAndFlush(text(piece));
    body[Symbol.dispose]();
    await OutgoingValue.finish(value);
    expect(await written()).toBe("abc");
  });

  test("is stored when it is written first and told where to then", async () => {
    const { OutgoingValue, value, written } = await setUp();
    const body = value.outgoingValueWriteBody();
    await body.blockingWriteAndFlush(text("early"));
    body[Symbol.dispose]();
    await value.writeTo("c", "o");
    await OutgoingValue.finish(value);
    expect(await written()).toBe("early");
  });

  test("is empty when nothing is written", async () => {
    const { OutgoingValue, value, written } = await setUp();
    await value.writeTo("c", "o");
    await OutgoingValue.finish(value);
    expect(await written()).toBe("");
  });

  test("is more than the pipe holds, piece by piece", async () => {
    const { OutgoingValue, value, backend } = await setUp();
    await value.writeTo("c", "o");
    const body = value.outgoingValueWriteBody();
    for (let i = 0; i < 100; i++) await body.blockingWriteAndFlush(new Uint8Array(50_000));
    body[Symbol.dispose]();
    await OutgoingValue.finish(value);
    expect(await backend.objectInfo("c", "o")).toMatchObject({ size: 5_000_000n });
  });

  test("fails, and does not wait for ever, when much is written before anybody says where to", async () => {
    const { value } = await setUp();
    const body = value.outgoingValueWriteBody();
    const writing = async () => {
      for (let i = 0; i < 100; i++) await body.blockingWriteAndFlush(new Uint8Array(50_000));
    };
    await expect(writing()).rejects.toThrow(failsWith(expect.objectContaining({ tag: "last-operation-failed" })));
  });

  test("gives its body once", async () => {
    const { value } = await setUp();
    value.outgoingValueWriteBody();
    expect(() => value.outgoingValueWriteBody()).toThrow(ComponentError);
  });

  test("is not kept without finish", async () => {
    const { value, backend } = await setUp();
    await value.writeTo("c", "o");
    const body = value.outgoingValueWriteBody();
    await body.blockingWriteAndFlush(text("half"));
    value[Symbol.dispose]();
    await expect.poll(() => backend.hasObject("c", "o")).toBe(false);
  });

  test("cannot be finished without write-data, nor written to two objects", async () => {
    const { OutgoingValue, value } = await setUp();
    await expect(OutgoingValue.finish(OutgoingValue.newOutgoingValue())).rejects.toThrow(
      failsWith(expect.stringContaining("write-data")),
    );
    await value.writeTo("c", "o");
    await expect(value.writeTo("c", "p")).rejects.toThrow(failsWith(expect.stringContaining("already")));
  });

  test("tells at the end when it could not be stored", async () => {
    const backend = { ...(await setUp()).backend, write: () => Promise.reject(new ComponentError("the disk is full")) };
    const OutgoingValue = outgoingValueClass(backend);
    const value = OutgoingValue.newOutgoingValue();
    await value.writeTo("c", "o");
    await value.outgoingValueWriteBody().blockingWriteAndFlush(text("x"));
    await expect(OutgoingValue.finish(value)).rejects.toThrow(failsWith("the disk is full"));
  });
});
