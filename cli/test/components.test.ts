/** `holdfast inspect`, `call` and `oci push|pull`: components of files, registries and the mesh's own store. */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileComponent, instantiate, parseComponent } from "@holdfast/component-host";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { guest, guestFile } from "@holdfast/guests";
import { startRegistry, type TestRegistry } from "@holdfast/oci/testing";
import { startMesh, type TemporaryFolder, temporaryFolder, holdfastProcess } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseWave } from "../src/wave/parse.ts";
import { printWave } from "../src/wave/print.ts";
import { runHoldfast, runInProcess } from "./run-holdfast.ts";

let folder: TemporaryFolder;
let registry: TestRegistry;
let greeter: string;
beforeAll(async () => {
  folder = await temporaryFolder("holdfast-components-");
  registry = await startRegistry({ auth: { kind: "basic", username: "ann", password: "correct horse" } });
  greeter = await guestFile("greeter");
  const auth = Buffer.from("ann:correct horse").toString("base64");
  await writeFile(join(folder.path, "config.json"), JSON.stringify({ auths: { [registry.host]: { auth } } }));
});
afterAll(async () => {
  await registry.stop();
  await folder[Symbol.asyncDispose]();
});

describe("holdfast inspect", () => {
  test("shows the world of a component", async () => {
    const { code, stdout, stderr } = await holdfastProcess(["inspect", greeter, "--wit"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("world root {");
    expect(stdout).toMatch(/world root \{\n +export holdfast:guests\/greeter;/);
    expect(stdout).toMatch(/interface greeter \{\n +greet: func\(name: string\) -> string;\n +calls: func\(\) -> u32;/);
  });

  test("gives the same as JSON", async () => {
    const { stdout } = await runInProcess(["inspect", await guestFile("http-hello"), "-o", "json"]);
    const { imports, exports }: Record<"imports" | "exports", string[]> = JSON.parse(stdout);
    expect(imports).toContain("wasi:http/types@0.2.12");
    expect(exports).toEqual(["wasi:http/incoming-handler@0.2.12"]);
  });

  test.for([
    ["nowhere.wasm", 2, /COMPONENT: nowhere\.wasm cannot be read: ENOENT/],
    ["s3://only-a-bucket", 2, /is not s3:\/\/BUCKET\/KEY/],
    ["oci://UPPER", 2, /is no image reference/],
  ] as const)("refuses %s with exit code %i", async ([name, exitCode, message]) => {
    const { code, stderr } = await runInProcess(["inspect", name]);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(message);
  });

  test("says where a binary is damaged", async () => {
    const bytes = await readFile(greeter);
    const path = join(folder.path, "damaged.wasm");
    await writeFile(path, bytes.subarray(0, bytes.length - 40));
    const { code, stderr } = await runInProcess(["inspect", path]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/damaged\.wasm is damaged: .* offset 0x/);
  });

  test("reads a component from the mesh's own store", async () => {
    await using mesh = await startMesh();
    const { region, ...credentials } = mesh.credentials;
    const s3 = new S3Client({ endpoint: mesh.edges[0]?.endpoint ?? "", region, credentials, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: "components" }));
    await s3.send(
      new PutObjectCommand({ Bucket: "components", Key: "team/greeter.wasm", Body: await guest("greeter") }),
    );
    s3.destroy();
    const { stdout, stderr } = await runHoldfast(mesh, ["inspect", "s3://components/team/greeter.wasm"]);
    expect(stderr).toBe("");
    expect(stdout).toContain("export holdfast:guests/greeter;");
    expect((await runHoldfast(mesh, ["inspect", "s3://components/nothing"])).stderr).toMatch(/NoSuchKey/);
  });
});

describe("holdfast oci", () => {
  const oci = (...args: string[]) =>
    holdfastProcess(["oci", ...args, "--docker-config", join(folder.path, "config.json")], { cwd: folder.path });

  test("pushes a component and pulls the same bytes, with docker's credentials", async () => {
    const reference = `${registry.host}/team/greeter:1.0.0`;
    const pushed = await oci("push", reference, greeter, "--annotation", "team=shop", "-o", "json");
    expect([pushed.code, pushed.stderr]).toEqual([0, ""]);
    const { digest }: { digest: string } = JSON.parse(pushed.stdout);
    const pulled = await oci("pull", `${registry.host}/team/greeter@${digest}`);
    expect([pulled.code, pulled.stderr]).toEqual([0, ""]);
    const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    expect(sha(await readFile(join(folder.path, "greeter.wasm")))).toBe(sha(await guest("greeter")));
    const config = [...registry.content.values()].map((bytes) => Buffer.from(bytes).toString("latin1"));
    expect(config.some((text) => text.includes('"exports":["holdfast:guests/greeter"]'))).toBe(true);
  });

  test("says what a registry refuses, without the password", async () => {
    const { code, stderr } = await runInProcess([
      "oci",
      "pull",
      `${registry.host}/team/greeter:1.0.0`,
      "--docker-config",
      "/none",
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\(Unauthorized\)\n$/);
  });

  test("pushes nothing that is no component", async () => {
    const { code, stderr } = await oci("push", `${registry.host}/x:1`, "config.json");
    expect(code).toBe(1);
    expect(stderr).toMatch(/config\.json is not WebAssembly/);
  });
});

describe("holdfast call", () => {
  test("calls a function with a text and prints what it returns", async () => {
    const { code, stdout, stderr } = await holdfastProcess(["call", greeter, "greet", "world"]);
    expect([code, stdout, stderr]).toEqual([0, '"hello, world"\n', ""]);
  });

  test("takes the interface's name, and gives JSON", async () => {
    const { stdout } = await runInProcess(["call", greeter, "holdfast:guests/greeter#calls", "-o", "json"]);
    expect(JSON.parse(stdout)).toEqual({ function: "holdfast:guests/greeter#calls", result: 0, wave: "0" });
  });

  test.for([
    [
      ["nothing"],
      2,
      /there is no nothing; the component exports holdfast:guests\/greeter#greet, holdfast:guests\/greeter#calls/,
    ],
    [["greet"], 2, /greet takes 1 values, not 0: func\(name: string\) -> string/],
  ] as const)("refuses %j with exit code %i", async ([args, exitCode, message]) => {
    const { code, stderr } = await runInProcess(["call", greeter, ...args]);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(message);
  });

  test("names the interface that a component lacks here", async () => {
    const { code, stderr } = await runInProcess(["call", await guestFile("echo"), "bytes", "1"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/holdfast:guests\/values.*deploy it with holdfast apply/);
  });
});

describe("values in WAVE", () => {
  // a component that hands back what it gets: text -> value -> guest -> value -> text
  async function echo(name: string, text: string): Promise<string> {
    const bytes = await guest("echo");
    const [item] = parseComponent(bytes).exports;
    const found =
      item?.kind === "instance" ? item.items.find((each) => each.kind === "func" && each.name === name) : undefined;
    const type = found?.kind === "func" ? found.type.params[0]?.type : undefined;
    if (type === undefined) throw new Error(`no ${name}`);
    const key = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const identity = new Proxy({}, { get: () => (value: unknown) => asReturned(value), has: () => true });
    const instance = instantiate(await compileComponent(bytes), { "holdfast:guests/values": identity });
    const returned: unknown = await instance.getInterface("holdfast:guests/values")[key]?.(parseWave(text, type));
    return printWave(type.kind === "result" ? { tag: "ok", val: returned } : returned, type);
  }
  /** A result that a function returns is its value. */
  const asReturned = (value: unknown) =>
    typeof value === "object" && value !== null && "tag" in value && value.tag === "ok" && "val" in value
      ? value.val
      : value;

  test.for([
    ["bools", "true"],
    ["bytes", "255"],
    ["signed-bytes", "-128"],
    ["longs", "18446744073709551615"],
    ["signed-longs", "-9223372036854775808"],
    ["singles", "0.5"],
    ["doubles", "-inf"],
    ["doubles", "nan"],
    ["chars", "'\u{1f600}'"],
    ["chars", "'\\n'"],
    ["strings", String.raw`"say \"x\" \u{7}\n"`],
    ["octets", "[1, 2, 3]"],
    ["lists", '[["a", "b"], []]'],
    ["records", '{x: 1.5, y: -2, label: "p"}'],
    ["tuples", '(1, "two", -3)'],
    ["flag-sets", "{read, execute}"],
    ["flag-sets", "{}"],
    ["enums", "green"],
    ["options", "some(some(7))"],
    ["options", "some(none)"],
    ["options", "none"],
    ["results", 'ok("fine")'],
    ["variants", "empty"],
    ["variants", "circle(2.5)"],
    ["variants", 'polygon([{x: 0, y: 1, label: ""}])'],
  ] as const)("%s: %s comes back as it went", async ([name, text]) => {
    expect(await echo(name, text)).toBe(text);
  });

  test.for([
    ["strings", "no quotes needed", '"no quotes needed"'],
    ["options", "7", "some(some(7))"],
    ["records", '{label: "late", // a comment\n y: 2, x: 1,}', '{x: 1, y: 2, label: "late"}'],
    ["enums", "%red", "red"],
  ] as const)("%s: %s is understood", async ([name, text, canonical]) => {
    expect(await echo(name, text)).toBe(canonical);
  });

  test.for([
    ["bytes", "256", "256 does not fit into u8"],
    ["bytes", "1.5", "expected a whole number (u8)"],
    ["bools", "yes", "expected a bool"],
    ["chars", "'ab'", "a char is one character"],
    ["strings", '"open', 'the closing " is missing'],
    ["records", "{x: 1, y: 2}", "the field label is missing"],
    ["records", "{z: 1}", "the record has no field z; it has x, y, label"],
    ["tuples", '(1, "a")', "the tuple has 3 values, not 2"],
    ["flag-sets", "{fly}", "there is no flag fly; there are read, write, execute"],
    ["enums", "pink", "there is no case pink; there are red, green, blue"],
    ["lists", "[[[]]]", 'expected a string such as "text"'],
    ["octets", "[1 2]", "expected ]"],
    ["octets", "[1] 2", "there is more than one value"],
  ] as const)("%s: %s is refused, saying why and where", async ([name, text, message]) => {
    await expect(echo(name, text)).rejects.toThrow(message);
    await expect(echo(name, text)).rejects.toThrow(/at (the end|".*") \(position \d+\)/s);
  });
});
