import {
  createRegistryClient,
  digestOf,
  parseReference,
  pullComponent,
  type RegistryClientOptions,
} from "@holdfast/oci";
import { startRegistry } from "@holdfast/oci/testing";
import { describe, expect, test } from "vitest";
import { asked, component, referenceIn, storeImage } from "./support.ts";

const client = (options: RegistryClientOptions = {}) => createRegistryClient({ retryDelayMs: 1, ...options });

describe("pullComponent", () => {
  test.for(["application/wasm", "application/vnd.wasm.content.layer.v1+wasm"])(
    "pulls a layer of type %s",
    async (mediaType) => {
      await using registry = await startRegistry();
      const digest = storeImage(registry, { mediaType });
      const pulled = await pullComponent(client(), referenceIn(registry));
      expect(pulled.digest).toBe(digest);
      expect(digestOf(pulled.bytes)).toBe(digestOf(component));
      expect(pulled.annotations).toEqual({ "org.opencontainers.image.title": "tool" });
    },
  );

  test("pulls by digest, whatever the tag says by now", async () => {
    await using registry = await startRegistry();
    const digest = storeImage(registry);
    storeImage(registry, { bytes: component.subarray(0, 100) });
    const pulled = await pullComponent(client(), referenceIn(registry, `team/tool:1.0.0@${digest}`));
    expect(pulled.bytes).toEqual(component);
  });

  test("goes through an index to its image for wasm", async () => {
    await using registry = await startRegistry();
    const image = storeImage(registry, { tag: "inner" });
    const other = `sha256:${"00".repeat(32)}`;
    const entry = { mediaType: "application/vnd.oci.image.manifest.v1+json", size: 1 };
    const index = registry.putManifest(
      "team/tool",
      "1.0.0",
      {
        manifests: [
          { ...entry, digest: other, platform: { os: "linux", architecture: "amd64" } },
          { ...entry, digest: image, platform: { os: "wasip2", architecture: "wasm" } },
        ],
      },
      "application/vnd.oci.image.index.v1+json",
    );
    const pulled = await pullComponent(client(), referenceIn(registry));
    expect(pulled.bytes).toEqual(component);
    expect(pulled.digest, "the index, because that is what the tag names").toBe(index);
  });

  test("tells the progress", async () => {
    await using registry = await startRegistry();
    storeImage(registry);
    const seen: [number, number][] = [];
    await pullComponent(client(), referenceIn(registry), { onProgress: (...each) => void seen.push(each) });
    expect(seen.at(-1)).toEqual([component.length, component.length]);
  });

  test("refuses a container image with what it holds, and the reference", async () => {
    await using registry = await startRegistry();
    storeImage(registry, { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" });
    await expect(pullComponent(client(), referenceIn(registry))).rejects.toMatchObject({
      code: "Unsupported",
      message: expect.stringMatching(/team\/tool:1.0.0: it holds no WebAssembly component.*tar\+gzip/),
    });
  });

  test("says not found of a tag that is not there", async () => {
    await using registry = await startRegistry();
    await expect(pullComponent(client(), referenceIn(registry))).rejects.toMatchObject({
      code: "NotFound",
      message: expect.stringContaining("MANIFEST_UNKNOWN"),
    });
  });

  test.for(["manifests", "blobs"])("refuses damaged %s", async (what) => {
    await using registry = await startRegistry({
      fault: ({ path }) => (path.includes(what) ? { kind: "corrupt" } : undefined),
    });
    storeImage(registry);
    await expect(pullComponent(client(), referenceIn(registry))).rejects.toMatchObject({ code: "DigestMismatch" });
  });

  test("refuses a manifest that a digest does not stand for, though the registry says nothing of it", async () => {
    await using registry = await startRegistry({ withoutDigestHeader: true, fault: () => ({ kind: "corrupt" }) });
    const digest = storeImage(registry);
    await expect(pullComponent(client(), referenceIn(registry, `team/tool@${digest}`))).rejects.toMatchObject({
      code: "DigestMismatch",
    });
  });

  test("refuses more bytes than are allowed before it asks for them", async () => {
    await using registry = await startRegistry();
    storeImage(registry);
    await expect(pullComponent(client({ maxBlobBytes: 1_000 }), referenceIn(registry))).rejects.toMatchObject({
      code: "TooLarge",
    });
    expect(asked(registry)).toEqual(["GET manifests/1.0.0"]);
  });

  test("refuses a manifest without an end", async () => {
    await using registry = await startRegistry({
      fault: () => ({ kind: "answer", status: 200, body: " ".repeat(2_000) }),
    });
    await expect(pullComponent(client({ maxManifestBytes: 1_000 }), referenceIn(registry))).rejects.toMatchObject({
      code: "TooLarge",
    });
  });
});

describe("a registry in trouble", () => {
  test("is asked three times", async () => {
    let failures = 2;
    await using registry = await startRegistry({
      fault: () => (failures-- > 0 ? { kind: "answer", status: 503, headers: { "retry-after": "0" } } : undefined),
    });
    storeImage(registry);
    expect((await pullComponent(client(), referenceIn(registry))).bytes).toEqual(component);
    expect(asked(registry)).toEqual([
      "GET manifests/1.0.0",
      "GET manifests/1.0.0",
      "GET manifests/1.0.0",
      "GET blobs/<digest>",
    ]);
  });

  test("is Unavailable after that, with what it said", async () => {
    await using registry = await startRegistry({
      fault: () => ({
        kind: "answer",
        status: 500,
        body: '{"errors":[{"code":"UNKNOWN","message":"the disk \\u001b[31mis full"}]}',
      }),
    });
    await expect(client().resolve(referenceIn(registry))).rejects.toMatchObject({ code: "Unavailable" });
    await expect(client().manifest(referenceIn(registry))).rejects.toMatchObject({
      code: "Unavailable",
      message: expect.stringMatching(/answers 500: UNKNOWN: the disk/),
    });
    expect(registry.requests).toHaveLength(6);
  });

  test("that breaks off is Unavailable", async () => {
    await using registry = await startRegistry({
      fault: ({ path }) => (path.includes("blobs") ? { kind: "cut" } : undefined),
    });
    storeImage(registry);
    await expect(pullComponent(client(), referenceIn(registry))).rejects.toMatchObject({ code: "Unavailable" });
  });

  test("that nobody runs is Unavailable, with the reason", async () => {
    const registry = await startRegistry();
    await registry.stop();
    await expect(pullComponent(client(), referenceIn(registry))).rejects.toMatchObject({
      code: "Unavailable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("that does not answer is given up in time", async () => {
    await using registry = await startRegistry({ fault: () => ({ kind: "hang" }) });
    await expect(client({ timeoutMs: 50 }).resolve(referenceIn(registry))).rejects.toMatchObject({ code: "TimedOut" });
  });

  test("is left alone when the caller gives up", async () => {
    const gone = new AbortController();
    await using registry = await startRegistry({
      fault: () => {
        gone.abort();
        return { kind: "hang" };
      },
    });
    await expect(client().resolve(referenceIn(registry), { signal: gone.signal })).rejects.toMatchObject({
      code: "Aborted",
    });
  });

  test("that answers nonsense is a BadAnswer", async () => {
    await using registry = await startRegistry({
      fault: () => ({
        kind: "answer",
        status: 200,
        headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" },
        body: "<html>",
      }),
    });
    await expect(client().manifest(referenceIn(registry))).rejects.toMatchObject({ code: "BadAnswer" });
  });
});

describe("resolve", () => {
  test("asks for the manifest's head only", async () => {
    await using registry = await startRegistry();
    const digest = storeImage(registry);
    expect(await client().resolve(referenceIn(registry))).toBe(digest);
    expect(asked(registry)).toEqual(["HEAD manifests/1.0.0"]);
  });

  test("reads the manifest where a registry does not tell its digest", async () => {
    await using registry = await startRegistry({ withoutDigestHeader: true });
    const digest = storeImage(registry);
    expect(await client().resolve(referenceIn(registry))).toBe(digest);
  });

  test("asks nobody about a digest", async () => {
    const digest = `sha256:${"00".repeat(32)}`;
    expect(await client().resolve(parseReference(`nowhere.invalid/a@${digest}`))).toBe(digest);
  });
});

describe("redirects", () => {
  test("are followed without the credentials", async () => {
    await using store = await startRegistry();
    await using registry = await startRegistry({
      auth: { kind: "basic", username: "me", password: "secret" },
      redirectBlobsTo: () => store.origin,
    });
    storeImage(registry);
    store.putBlob(component);
    const credentials = { kind: "basic", username: "me", password: "secret" } as const;
    expect((await pullComponent(client({ credentials: () => credentials }), referenceIn(registry))).bytes).toEqual(
      component,
    );
    expect(store.requests).toMatchObject([{ method: "GET", authorization: undefined }]);
  });

  test("end somewhere", async () => {
    await using registry = await startRegistry({
      fault: ({ path }) => ({ kind: "answer", status: 302, headers: { location: path } }),
    });
    await expect(client().manifest(referenceIn(registry))).rejects.toMatchObject({ code: "BadAnswer" });
    expect(registry.requests).toHaveLength(6);
  });

  test("lead to http addresses only", async () => {
    await using registry = await startRegistry({
      fault: () => ({ kind: "answer", status: 302, headers: { location: "file:///etc/passwd" } }),
    });
    await expect(client().manifest(referenceIn(registry))).rejects.toMatchObject({ code: "BadAnswer" });
  });
});

test("a registry elsewhere is spoken to over https, unless named as insecure", async () => {
  // 0.0.0.0 reaches this machine, and is no loopback address
  await using registry = await startRegistry();
  storeImage(registry);
  const host = `0.0.0.0:${registry.host.split(":")[1]}`;
  const reference = parseReference(`${host}/team/tool:1.0.0`);
  await expect(client().resolve(reference)).rejects.toMatchObject({ code: "Unavailable" });
  expect(registry.requests).toHaveLength(0);
  expect(await client({ insecureRegistries: [host] }).resolve(reference)).toMatch(/^sha256:/);
});
