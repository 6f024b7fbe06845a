import { createRegistryClient, digestOf, pullComponent, pushComponent } from "@holdfast/oci";
import { startRegistry } from "@holdfast/oci/testing";
import { describe, expect, test } from "vitest";
import { asked, component, referenceIn } from "./support.ts";

describe("pushComponent", () => {
  test("stores what pullComponent finds, under the tag and its digest", async () => {
    await using registry = await startRegistry();
    const client = createRegistryClient();
    const annotations = { "org.opencontainers.image.description": "counts things" };
    const digest = await pushComponent(client, referenceIn(registry), component, { annotations });
    for (const name of ["team/tool:1.0.0", `team/tool@${digest}`]) {
      const pulled = await pullComponent(client, referenceIn(registry, name));
      expect(pulled).toMatchObject({ digest, annotations });
      expect(pulled.bytes).toEqual(component);
    }
  });

  test("sends a blob that is there already no second time", async () => {
    await using registry = await startRegistry();
    const client = createRegistryClient();
    await pushComponent(client, referenceIn(registry), component);
    const before = registry.requests.length;
    await pushComponent(client, referenceIn(registry, "team/tool:2"), component);
    expect(asked(registry).slice(before)).toEqual(["HEAD blobs/<digest>", "HEAD blobs/<digest>", "PUT manifests/2"]);
  });

  test.for([
    ["of its own size", undefined, 3],
    ["no smaller than the registry wants", 200_000, 2],
  ] as const)("sends a large blob in pieces %s", async ([, leastChunkBytes, pieces]) => {
    await using registry = await startRegistry(leastChunkBytes === undefined ? {} : { leastChunkBytes });
    const client = createRegistryClient({ uploadChunkBytes: 100_000 });
    const progress: number[] = [];
    await pushComponent(client, referenceIn(registry), component, { onProgress: (done) => void progress.push(done) });
    expect(asked(registry).filter((each) => each.startsWith("PATCH"))).toHaveLength(pieces);
    expect(progress.at(-1)).toBe(component.length);
    expect(registry.content.get(digestOf(component))).toEqual(Buffer.from(component));
  });

  test("authorizes in the midst of an upload", async () => {
    const auth = { kind: "bearer", username: "me", password: "p", expiresIn: 300 } as const;
    await using registry = await startRegistry({ auth });
    const client = createRegistryClient({ uploadChunkBytes: 100_000, credentials: () => ({ ...auth, kind: "basic" }) });
    const revoke = { onProgress: (done: number) => void (done === 200_000 && registry.revokeTokens()) };
    await pushComponent(client, referenceIn(registry), component, revoke);
    expect(registry.content.get(digestOf(component))).toEqual(Buffer.from(component));
  });

  test("says what the registry does not take", async () => {
    await using registry = await startRegistry({
      fault: ({ method }) => (method === "PUT" ? { kind: "answer", status: 413 } : undefined),
    });
    await expect(pushComponent(createRegistryClient(), referenceIn(registry), component)).rejects.toMatchObject({
      code: "TooLarge",
    });
  });

  test("tries no write twice", async () => {
    await using registry = await startRegistry({
      fault: ({ method }) => (method === "POST" ? { kind: "answer", status: 503 } : undefined),
    });
    await expect(
      pushComponent(createRegistryClient({ retryDelayMs: 1 }), referenceIn(registry), component),
    ).rejects.toMatchObject({
      code: "Unavailable",
    });
    expect(asked(registry)).toEqual(["HEAD blobs/<digest>", "POST blobs/uploads/"]);
  });
});
