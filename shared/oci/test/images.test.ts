import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createImages, createRegistryClient, digestOf, openImageCache } from "@holdfast/oci";
import { startRegistry, type TestRegistry } from "@holdfast/oci/testing";
import { temporaryFolder } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { asked, component, referenceIn, storeImage } from "./support.ts";

async function setUp(fault?: Parameters<typeof startRegistry>[0]) {
  const stack = new AsyncDisposableStack();
  const registry: TestRegistry = stack.use(await startRegistry(fault));
  const folder = stack.use(await temporaryFolder()).path;
  const client = createRegistryClient({ retryDelayMs: 1 });
  const open = async () => createImages({ client, cache: await openImageCache({ folder }) });
  return { registry, folder, open, images: await open(), [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("images", () => {
  test("IfNotPresent pulls once, also after a restart", async () => {
    await using all = await setUp();
    const digest = storeImage(all.registry);
    const reference = referenceIn(all.registry);
    expect((await all.images.pull(reference)).digest).toBe(digest);
    const before = all.registry.requests.length;
    storeImage(all.registry, { bytes: component.subarray(0, 99) });
    const again = await (await all.open()).pull(reference);
    expect(again).toMatchObject({ digest, reference });
    expect(again.bytes).toEqual(Buffer.from(component));
    expect(all.registry.requests).toHaveLength(before);
  });

  test("Always asks what the tag names now, and pulls only what is new", async () => {
    await using all = await setUp();
    storeImage(all.registry);
    const reference = referenceIn(all.registry);
    await all.images.pull(reference, { policy: "Always" });
    const before = all.registry.requests.length;
    await all.images.pull(reference, { policy: "Always" });
    expect(asked(all.registry).slice(before)).toEqual(["HEAD manifests/1.0.0"]);
    const newer = storeImage(all.registry, { bytes: component.subarray(0, 99) });
    expect((await all.images.pull(reference, { policy: "Always" })).digest).toBe(newer);
  });

  test("Never takes what is there, and asks nobody", async () => {
    await using all = await setUp();
    const digest = storeImage(all.registry);
    const reference = referenceIn(all.registry);
    await expect(all.images.pull(reference, { policy: "Never" })).rejects.toMatchObject({ code: "NotFound" });
    expect(all.registry.requests).toHaveLength(0);
    await all.images.pull(reference);
    expect((await all.images.pull(reference, { policy: "Never" })).digest).toBe(digest);
    await expect(
      all.images.pull(referenceIn(all.registry, `team/tool@sha256:${"00".repeat(32)}`), { policy: "Never" }),
    ).rejects.toMatchObject({
      code: "NotFound",
    });
  });

  test("pulls of one reference at the same time are one", async () => {
    await using all = await setUp();
    storeImage(all.registry);
    const reference = referenceIn(all.registry);
    const progress: number[] = [];
    const pulls = Array.from({ length: 20 }, () =>
      all.images.pull(reference, { onProgress: (done) => void progress.push(done) }),
    );
    const pulled = await Promise.all(pulls);
    expect(new Set(pulled.map(({ bytes }) => bytes)).size).toBe(1);
    expect(asked(all.registry)).toEqual(["HEAD manifests/1.0.0", "GET manifests/<digest>", "GET blobs/<digest>"]);
    expect(progress.filter((done) => done === component.length)).toHaveLength(20);
  });

  test("one who gives up does not end the pull of another", async () => {
    const gone = new AbortController();
    await using all = await setUp({
      fault: ({ path }) => {
        if (path.includes("blobs")) gone.abort();
        return undefined;
      },
    });
    storeImage(all.registry);
    const reference = referenceIn(all.registry);
    const one = all.images.pull(reference, { signal: gone.signal });
    const other = all.images.pull(reference);
    await expect(one).rejects.toMatchObject({ code: "Aborted" });
    expect((await other).bytes).toEqual(component);
  });

  test("callers with other credentials do not share a pull", async () => {
    const auth = { kind: "basic", username: "me", password: "p" } as const;
    await using all = await setUp({ auth });
    storeImage(all.registry);
    const reference = referenceIn(all.registry);
    const [mine, nobodys] = await Promise.allSettled([
      all.images.pull(reference, { credentials: auth }),
      all.images.pull(reference),
    ]);
    expect(mine.status).toBe("fulfilled");
    expect(nobodys.status).toBe("rejected");
  });

  test("a damaged file of the cache is pulled anew", async () => {
    await using all = await setUp();
    storeImage(all.registry);
    await all.images.pull(referenceIn(all.registry));
    await writeFile(join(all.folder, "blobs", digestOf(component).replace(":", "-")), "not it");
    expect((await all.images.pull(referenceIn(all.registry))).bytes).toEqual(component);
  });

  test("an image that cannot be kept is used all the same, with a warning", async () => {
    await using all = await setUp();
    storeImage(all.registry);
    const full = { read: async () => undefined, lookUp: async () => undefined, size: 0 };
    const refuse = () => Promise.reject(new Error("ENOSPC"));
    const warnings: string[] = [];
    const images = createImages({
      client: createRegistryClient(),
      cache: { ...full, write: refuse, remember: refuse },
      onWarning: (message) => void warnings.push(message),
    });
    expect((await images.pull(referenceIn(all.registry))).bytes).toEqual(component);
    expect(warnings.length).toBeGreaterThan(0);
  });
});

describe("openImageCache", () => {
  const blob = (fill: number) => Buffer.alloc(1_000, fill);
  const put = async (cache: Awaited<ReturnType<typeof openImageCache>>, fill: number) => {
    await cache.write(digestOf(blob(fill)), blob(fill));
    return digestOf(blob(fill));
  };

  test("lets go first of what was used longest ago", async () => {
    await using folder = await temporaryFolder();
    const cache = await openImageCache({ folder: folder.path, maxBytes: 3_000 });
    const [a, b, c] = [await put(cache, 1), await put(cache, 2), await put(cache, 3)];
    await cache.read(a);
    const d = await put(cache, 4);
    const there = await Promise.all([a, b, c, d].map(async (digest) => (await cache.read(digest)) !== undefined));
    expect(there).toEqual([true, false, true, true]);
    expect(cache.size).toBe(3_000);
  });

  test("keeps the order over a restart, and a lower limit then", async () => {
    await using folder = await temporaryFolder();
    const cache = await openImageCache({ folder: folder.path });
    const [a, b] = [await put(cache, 1), await put(cache, 2)];
    await utimes(join(folder.path, "blobs", b.replace(":", "-")), new Date(0), new Date(0));
    const restarted = await openImageCache({ folder: folder.path, maxBytes: 1_500 });
    expect(await restarted.read(a)).toEqual(blob(1));
    expect(await restarted.read(b)).toBeUndefined();
    expect(await readdir(join(folder.path, "blobs"))).toHaveLength(1);
  });

  test("does not keep more than its limit, and removes what was half written", async () => {
    await using folder = await temporaryFolder();
    await (await openImageCache({ folder: folder.path, maxBytes: 10 })).write(digestOf(blob(1)), blob(1));
    const half = join(folder.path, "blobs", "sha256-00.tmp");
    await writeFile(half, "half");
    await utimes(half, new Date(0), new Date(0));
    expect((await openImageCache({ folder: folder.path })).size).toBe(0);
    expect(await readdir(join(folder.path, "blobs"))).toEqual([]);
  });
});
