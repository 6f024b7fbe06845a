import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRegistryClient, type Credentials, dockerConfigFile, pullComponent, pushComponent } from "@holdfast/oci";
import { startRegistry } from "@holdfast/oci/testing";
import { temporaryFolder } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { asked, component, referenceIn, storeImage } from "./support.ts";

const me = { kind: "basic", username: "me", password: "sec:ret" } as const;
const bearer = { kind: "bearer", username: "me", password: "sec:ret" } as const;
const as = (credentials: Credentials | undefined) =>
  createRegistryClient({ retryDelayMs: 1, credentials: () => credentials });

describe("authorization", () => {
  test("shows nothing to a registry that does not ask", async () => {
    await using registry = await startRegistry();
    storeImage(registry);
    await pullComponent(as(me), referenceIn(registry));
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
  });

  test("answers basic, and is not asked a second time", async () => {
    await using registry = await startRegistry({ auth: me });
    storeImage(registry);
    await pullComponent(as(me), referenceIn(registry));
    expect(asked(registry)).toEqual(["GET manifests/1.0.0", "GET manifests/1.0.0", "GET blobs/<digest>"]);
  });

  test("fetches one token for a repository, and another one for pushing", async () => {
    await using registry = await startRegistry({ auth: bearer });
    storeImage(registry);
    const client = as(me);
    await pullComponent(client, referenceIn(registry));
    await pullComponent(client, referenceIn(registry));
    expect(asked(registry).filter((each) => each.endsWith("/token"))).toHaveLength(1);
    await pushComponent(client, referenceIn(registry, "team/tool:2"), component);
    expect(asked(registry).filter((each) => each.endsWith("/token")).length).toBeGreaterThan(1);
  });

  test("fetches a token for nobody where nobody may pull", async () => {
    await using registry = await startRegistry({ auth: { ...bearer, anonymousPull: true } });
    storeImage(registry);
    expect((await pullComponent(as(undefined), referenceIn(registry))).bytes).toEqual(component);
    await expect(pushComponent(as(undefined), referenceIn(registry), component)).rejects.toMatchObject({
      code: "Unauthorized",
    });
  });

  test("exchanges an identity token", async () => {
    await using registry = await startRegistry({ auth: { ...bearer, refreshToken: "r" } });
    storeImage(registry);
    expect((await pullComponent(as({ kind: "refresh", token: "r" }), referenceIn(registry))).bytes).toEqual(component);
    await expect(pullComponent(as({ kind: "refresh", token: "x" }), referenceIn(registry))).rejects.toMatchObject({
      code: "Unauthorized",
    });
  });

  test("fetches a new token when the registry takes the old one no longer", async () => {
    await using registry = await startRegistry({ auth: bearer });
    storeImage(registry);
    const client = as(me);
    await client.resolve(referenceIn(registry));
    registry.revokeTokens();
    expect(await client.resolve(referenceIn(registry))).toMatch(/^sha256:/);
  });

  test("does not use a token that is about to end", async () => {
    await using registry = await startRegistry({ auth: { ...bearer, expiresIn: 1 } });
    storeImage(registry);
    const client = as(me);
    await client.resolve(referenceIn(registry));
    await client.resolve(referenceIn(registry));
    expect(asked(registry).filter((each) => each.endsWith("/token"))).toHaveLength(2);
  });

  test.for([
    ["none", undefined, /wants credentials/],
    ["a wrong password", { ...me, password: "sec:wrong" }, /does not accept/],
  ] as const)("refuses %s without showing any", async ([, credentials, message]) => {
    await using registry = await startRegistry({ auth: bearer });
    storeImage(registry);
    const failure: unknown = await pullComponent(as(credentials), referenceIn(registry)).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "Unauthorized", message: expect.stringMatching(message) });
    expect(String(failure)).not.toContain("sec:");
  });

  test("keeps the tokens of different callers apart", async () => {
    await using registry = await startRegistry({ auth: bearer });
    storeImage(registry);
    const client = createRegistryClient({ retryDelayMs: 1 });
    const reference = referenceIn(registry);
    expect(await client.resolve(reference, { credentials: me })).toMatch(/^sha256:/);
    await expect(client.resolve(reference)).rejects.toMatchObject({ code: "Unauthorized" });
    await expect(client.resolve(reference, { credentials: { ...me, username: "you" } })).rejects.toMatchObject({
      code: "Unauthorized",
    });
  });

  test.for(["file:///etc/passwd", "ftp://127.0.0.1/token", "", "token"])(
    "asks no token server at %j",
    async (realm) => {
      await using registry = await startRegistry({
        fault: () => ({ kind: "answer", status: 401, headers: { "www-authenticate": `Bearer realm="${realm}"` } }),
      });
      await expect(as(me).resolve(referenceIn(registry))).rejects.toMatchObject({ code: "BadAnswer" });
      expect(registry.requests).toHaveLength(1);
    },
  );

  test("does not send an identity token on to where the token server points", async () => {
    await using elsewhere = await startRegistry({ fault: () => ({ kind: "answer", status: 200 }) });
    await using registry = await startRegistry({
      fault: ({ path }) =>
        path.startsWith("/token")
          ? { kind: "answer", status: 307, headers: { location: `http://${elsewhere.host}/token` } }
          : {
              kind: "answer",
              status: 401,
              headers: { "www-authenticate": `Bearer realm="http://${registry.host}/token"` },
            },
    });
    const resolving = as({ kind: "refresh", token: "r" }).resolve(referenceIn(registry));
    await expect(resolving).rejects.toMatchObject({ code: "BadAnswer" });
    expect(elsewhere.requests).toEqual([]);
  });

  test("reads docker's configuration file, each time anew", async () => {
    await using registry = await startRegistry({ auth: me });
    storeImage(registry);
    await using folder = await temporaryFolder();
    const path = join(folder.path, "config.json");
    const client = createRegistryClient({ retryDelayMs: 1, credentials: dockerConfigFile(path) });
    await expect(client.resolve(referenceIn(registry)), "no file yet").rejects.toMatchObject({ code: "Unauthorized" });
    const auth = Buffer.from(`${me.username}:${me.password}`).toString("base64");
    await writeFile(path, JSON.stringify({ auths: { [registry.host]: { auth } } }));
    expect(await client.resolve(referenceIn(registry))).toMatch(/^sha256:/);
  });
});
