/** What every blobstore backend does, through the operations that bindings call. */
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { BlobStoreBackend } from "../../src/interfaces/blobstore/backend.ts";
import { blobStoreLimits } from "../../src/interfaces/blobstore/limits.ts";
import { blobStoreOperations, type BlobStoreOperations } from "../../src/interfaces/blobstore/operations.ts";

const all = 2n ** 64n - 1n;
const text = (value: string) => new TextEncoder().encode(value);
const fails = (message: RegExp) => ({ payload: expect.stringMatching(message) });

/** Writes an object in pieces. */
export async function writeObject(
  operations: BlobStoreOperations,
  container: string,
  name: string,
  ...pieces: Uint8Array[]
): Promise<void> {
  const handle = await operations.openWrite(container, name);
  for (const piece of pieces) await operations.write(handle, piece);
  await operations.finishWrite(handle);
}

/** The bytes between two positions, both inclusive. */
export async function readObject(
  operations: BlobStoreOperations,
  container: string,
  name: string,
  start = 0n,
  end = all,
): Promise<Buffer> {
  const { first, handle, size } = await operations.openRead(container, name, start, end);
  const pieces = [first];
  if (handle !== undefined) {
    for (let more = await operations.read(handle); more; more = await operations.read(handle)) pieces.push(more);
  }
  const bytes = Buffer.concat(pieces);
  expect(BigInt(bytes.length), "as was announced").toBe(size);
  return bytes;
}

async function namesOf(operations: BlobStoreOperations, container: string): Promise<string[]> {
  const names: string[] = [];
  for (let isLast = false; !isLast;) {
    const page = await operations.listObjects(container, names.at(-1) ?? "");
    names.push(...page.names);
    ({ isLast } = page);
  }
  return names;
}

/** Runs the cases against a backend; each test makes containers of its own. */
export function describeBlobStoreBackend(name: string, make: () => Promise<BlobStoreBackend>): void {
  let count = 0;
  const open = async () => {
    const operations = blobStoreOperations(new Map([["", { backend: await make(), config: {} }]]));
    const container = `test-${process.pid}-${count++}`;
    await operations.createContainer(container);
    return { operations, container };
  };

  describe(`wasi:blobstore on ${name}`, () => {
    test("makes containers, knows them, deletes them with all that is in them", async () => {
      const { operations, container } = await open();
      await expect(operations.createContainer(container)).rejects.toMatchObject(fails(/already/));
      const { name: itsName, createdAt } = await operations.getContainer(container);
      expect(itsName).toBe(container);
      expect(Math.abs(Number(createdAt) - Date.now() / 1_000)).toBeLessThan(60);
      expect(await operations.containerExists(container)).toBe(true);
      await writeObject(operations, container, "a/b", text("x"));
      await operations.deleteContainer(container);
      expect(await operations.containerExists(container)).toBe(false);
      await expect(operations.getContainer(container)).rejects.toMatchObject(fails(/no container/));
      await operations.createContainer(container);
      expect(await namesOf(operations, container)).toEqual([]);
    });

    test.for([0, 1, 1_000, 40_000, 3_000_000])("gives back an object of %d bytes", async (size) => {
      const { operations, container } = await open();
      const bytes = randomBytes(size);
      const middle = Math.floor(size / 3);
      await writeObject(operations, container, "object", bytes.subarray(0, middle), bytes.subarray(middle));
      expect((await readObject(operations, container, "object")).equals(bytes)).toBe(true);
      const info = await operations.objectInfo(container, "object");
      expect(info).toMatchObject({ name: "object", container, size: BigInt(size) });
      expect(Math.abs(Number(info.createdAt) - Date.now() / 1_000)).toBeLessThan(60);
    });

    test("reads ranges, both ends inclusive, as far as the object goes", async () => {
      const { operations, container } = await open();
      await writeObject(operations, container, "digits", text("0123456789"));
      const range = async (start: bigint, end: bigint) =>
        (await readObject(operations, container, "digits", start, end)).toString();
      expect(await range(0n, 0n)).toBe("0");
      expect(await range(3n, 5n)).toBe("345");
      expect(await range(8n, 100n)).toBe("89");
      expect(await range(10n, 100n)).toBe("");
      await expect(range(11n, 12n)).rejects.toMatchObject(fails(/begins at 11/));
      await expect(range(5n, 4n)).rejects.toMatchObject(fails(/ends before it begins/));
    });

    test("shows an object only when it is finished, and nothing of one that is given up", async () => {
      const { operations, container } = await open();
      const handle = await operations.openWrite(container, "object");
      await operations.write(handle, text("half"));
      expect(await operations.hasObject(container, "object")).toBe(false);
      await operations.abortWrite(handle);
      await operations.abortWrite(handle);
      await expect(operations.finishWrite(handle)).rejects.toMatchObject(fails(/closed/));
      expect(await operations.hasObject(container, "object")).toBe(false);
      expect(await namesOf(operations, container)).toEqual([]);
    });

    test("replaces an object; who reads the old one while it is replaced gets one or the other", async () => {
      const { operations, container } = await open();
      await writeObject(operations, container, "object", text("first"));
      await writeObject(operations, container, "object", text("second, longer"));
      expect((await readObject(operations, container, "object")).toString()).toBe("second, longer");
    });

    const odd = ["a", "a b", "dir/file.txt", "ü/ß.png", "A", "..", "../escape", "*", ">", "100%", "n".repeat(1_024)];
    test("takes any text for a name, and lists all in order", async () => {
      const { operations, container } = await open();
      for (const each of odd) await writeObject(operations, container, each, text(each));
      for (const each of odd) expect((await readObject(operations, container, each)).toString(), each).toBe(each);
      expect((await namesOf(operations, container)).toSorted()).toEqual(odd.toSorted());
    });

    test("deletes one, several, those that are not there, and all", async () => {
      const { operations, container } = await open();
      for (const each of ["a", "b", "c", "d"]) await writeObject(operations, container, each, text(each));
      await operations.deleteObjects(container, ["a"]);
      await operations.deleteObjects(container, ["b", "never", "b"]);
      await operations.deleteObjects(container, []);
      expect(await namesOf(operations, container)).toEqual(["c", "d"]);
      await operations.clear(container);
      expect(await namesOf(operations, container)).toEqual([]);
    });

    test("copies and moves, also onto itself", async () => {
      const { operations, container } = await open();
      const other = `${container}-2`;
      await operations.createContainer(other);
      const bytes = randomBytes(100_000);
      await writeObject(operations, container, "a", bytes);
      await operations.copyObject({ container, object: "a" }, { container: other, object: "b" });
      expect((await readObject(operations, other, "b")).equals(bytes)).toBe(true);
      await operations.moveObject({ container, object: "a" }, { container, object: "c" });
      await operations.moveObject({ container, object: "c" }, { container, object: "c" });
      expect(await namesOf(operations, container)).toEqual(["c"]);
      await expect(
        operations.copyObject({ container, object: "none" }, { container, object: "d" }),
      ).rejects.toMatchObject(fails(/no object "none"/));
    });

    test("says in words what is not there", async () => {
      const { operations, container } = await open();
      const nowhere = `${container}-nowhere`;
      await expect(operations.objectInfo(container, "none")).rejects.toMatchObject(fails(/no object "none"/));
      await expect(readObject(operations, container, "none")).rejects.toMatchObject(fails(/no object "none"/));
      expect(await operations.hasObject(container, "none")).toBe(false);
      for (const call of [
        () => operations.listObjects(nowhere, ""),
        () => operations.openWrite(nowhere, "a"),
        () => operations.hasObject(nowhere, "a"),
        () => operations.deleteObjects(nowhere, ["a"]),
        () => operations.clear(nowhere),
        () => operations.deleteContainer(nowhere),
      ]) {
        await expect(call()).rejects.toMatchObject(fails(/no container/));
      }
    });

    test("is limited in names and in what is open", async () => {
      const { operations, container } = await open();
      await expect(operations.openWrite(container, "")).rejects.toMatchObject(fails(/at least one character/));
      await expect(operations.openWrite(container, "n".repeat(1_025))).rejects.toMatchObject(fails(/1025 bytes/));
      const handles = await Promise.all(
        Array.from({ length: blobStoreLimits.open }, (_, i) => operations.openWrite(container, `o${i}`)),
      );
      await expect(operations.openWrite(container, "one-more")).rejects.toMatchObject(fails(/open at once/));
      await operations.abortWrite(handles[0] ?? 0);
      await operations.openWrite(container, "one-more");
      await operations.closeAll();
      await expect(operations.write(handles[1] ?? 0, text("x"))).rejects.toMatchObject(fails(/closed/));
    });

    test("a reader may leave early", async () => {
      const { operations, container } = await open();
      await writeObject(operations, container, "large", randomBytes(9_000_000));
      const { handle } = await operations.openRead(container, "large", 0n, all);
      await operations.closeRead(handle ?? 0);
      await expect(operations.read(handle ?? 0)).rejects.toMatchObject(fails(/closed/));
    });
  });
}
