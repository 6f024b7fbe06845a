import { describe, expect, test } from "vitest";
import { credentialsFromDockerConfig } from "./credentials.ts";

const auth = Buffer.from("me:pass:word").toString("base64");
const basic = { kind: "basic", username: "me", password: "pass:word" };
const read = (config: object, registry = "ghcr.io") =>
  credentialsFromDockerConfig(JSON.stringify(config), registry, "config.json");

describe("credentialsFromDockerConfig", () => {
  test.for([
    ["auth of a host", { auths: { "ghcr.io": { auth } } }, basic],
    ["a key that is a URL", { auths: { "https://ghcr.io/v2/": { auth } } }, basic],
    ["user and password apart", { auths: { "ghcr.io": { username: "me", password: "pass:word" } } }, basic],
    [
      "auth padded with zero bytes",
      { auths: { "ghcr.io": { auth: Buffer.from("me:pass:word\0\0").toString("base64") } } },
      basic,
    ],
    [
      "an identity token before a password",
      { auths: { "ghcr.io": { auth, identitytoken: "t" } } },
      { kind: "refresh", token: "t" },
    ],
    ["a registry token", { auths: { "ghcr.io": { registrytoken: "t" } } }, { kind: "bearer", token: "t" }],
    ["nothing for another registry", { auths: { "quay.io": { auth } } }, undefined],
    ["nothing in an empty file", {}, undefined],
    ["an entry beside a store that others use", { auths: { "ghcr.io": { auth } }, credsStore: "desktop" }, basic],
    ["nothing where a store was never logged in to", { auths: {}, credsStore: "desktop" }, undefined],
    [
      "an entry beside a helper of another registry",
      { auths: { "ghcr.io": { auth } }, credHelpers: { "gcr.io": "gcloud" } },
      basic,
    ],
  ] as const)("finds %s", ([, config, expected]) => {
    expect(read(config)).toEqual(expected);
  });

  test("knows Docker Hub by its old address", () => {
    expect(read({ auths: { "https://index.docker.io/v1/": { auth } } }, "docker.io")).toEqual(basic);
  });

  test.for([
    ["a helper of the registry", { credHelpers: { "ghcr.io": "pass" } }, /docker-credential-pass/],
    [
      "a store that holds the password",
      { auths: { "ghcr.io": {} }, credsStore: "osxkeychain" },
      /docker-credential-osxkeychain/,
    ],
    ["auth that is not user:password", { auths: { "ghcr.io": { auth: "bm9uZQ==" } } }, /"auth" of ghcr.io/],
    ["another kind of file", { auths: "none" }, /no docker configuration/],
  ] as const)("refuses %s by name", ([, config, message]) => {
    expect(() => read(config)).toThrow(
      expect.objectContaining({ code: "BadCredentials", message: expect.stringMatching(message) }),
    );
  });

  test("shows nothing of a malformed file, which may hold secrets", () => {
    const broken = '{"auths": {"ghcr.io": {"auth": "c2VjcmV0"';
    const failure = (() => {
      try {
        return credentialsFromDockerConfig(broken, "ghcr.io", "config.json");
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toMatchObject({ code: "BadCredentials" });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain("c2VjcmV0");
  });
});
