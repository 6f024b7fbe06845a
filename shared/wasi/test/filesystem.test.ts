import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, onTestFinished, test } from "vitest";
import { createFilesystem } from "../src/filesystem/filesystem.ts";
import type { Descriptor } from "../src/filesystem/descriptor.ts";
import { Volume } from "../src/filesystem/volume.ts";
import type { VolumeOptions } from "../src/filesystem/volume.ts";
import { bytes, payloadOf, text } from "../src/testing.ts";

interface Setup extends Partial<VolumeOptions> {
  readOnly?: boolean;
  maxOpen?: number;
  prepare?: (folder: string) => unknown;
}

/** A volume in a folder beside one that holds a secret. */
function mounted({ readOnly = false, maxOpen = 64, prepare, ...limits }: Setup = {}) {
  const outside = mkdtempSync(join(tmpdir(), "holdfast-wasi-"));
  writeFileSync(join(outside, "secret"), "secret");
  const folder = join(outside, "volume");
  mkdirSync(folder);
  prepare?.(folder);
  const volume = new Volume({ hostPath: folder, ...limits });
  const filesystem = createFilesystem({ mounts: [{ volume, path: "/data", readOnly }], maxOpen });
  onTestFinished(() => {
    filesystem.reset();
    volume[Symbol.dispose]();
    rmSync(outside, { recursive: true });
  });
  const [root] = filesystem.preopens.getDirectories()[0] ?? [];
  if (root === undefined) throw new Error("nothing is mounted");
  return { root, volume, filesystem, folder, outside };
}

const openFile = (root: Descriptor, path: string) => root.openAt({}, path, {}, { read: true });
const create = (root: Descriptor, path: string) => root.openAt({}, path, { create: true }, { read: true, write: true });

function contentOf(root: Descriptor, path: string): string {
  using file = root.openAt({ symlinkFollow: true }, path, {}, { read: true });
  return text(file.read(1_000n, 0n)[0]);
}

function namesIn(directory: Descriptor): string[] {
  using entries = directory.readDirectory();
  const names: string[] = [];
  for (let entry = entries.readDirectoryEntry(); entry !== undefined; entry = entries.readDirectoryEntry()) {
    names.push(`${entry.name} ${entry.type}`);
  }
  return names.sort();
}

describe("a volume", () => {
  test("is all that a guest sees, and without one it sees nothing", () => {
    expect(createFilesystem().preopens.getDirectories()).toEqual([]);
    const { filesystem } = mounted();
    expect(filesystem.preopens.getDirectories().map(([, path]) => path)).toEqual(["/data"]);
  });

  test("holds what was written, by offset and by stream", async () => {
    const { root, folder } = mounted();
    using file = create(root, "a.txt");
    expect(file.write(bytes("hello world"), 0n)).toBe(11n);
    expect(file.write(bytes("W"), 6n)).toBe(1n);
    expect(file.read(5n, 6n)).toEqual([bytes("World"), false]);
    expect(file.read(5n, 11n)).toEqual([new Uint8Array(0), true]);
    using append = file.appendViaStream();
    append.write(bytes("!"));
    using out = file.writeViaStream(2n);
    out.write(bytes("L"));
    await out.blockingWriteAndFlush(bytes("L"));
    expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("heLLo World!");
    using input = file.readViaStream(6n);
    expect(text(input.read(5n))).toBe("World");
    expect(text(await input.blockingRead(5n))).toBe("!");
    expect(payloadOf(() => input.read(5n))).toEqual({ tag: "closed" });
  });

  test("makes, lists, renames, links and removes entries", () => {
    const { root } = mounted();
    root.createDirectoryAt("d/");
    create(root, "d/f")[Symbol.dispose]();
    root.symlinkAt("d/f", "l");
    root.linkAt({}, "d/f", root, "h");
    expect(namesIn(root)).toEqual(["d directory", "h regular-file", "l symbolic-link"]);
    expect(root.readlinkAt("l")).toBe("d/f");
    expect(root.statAt({}, "h").linkCount).toBe(2n);
    using d = root.openAt({}, "d", { directory: true }, {});
    expect(d.getType()).toBe("directory");
    root.renameAt("h", d, "g");
    expect(namesIn(d)).toEqual(["f regular-file", "g regular-file"]);
    expect(payloadOf(() => root.removeDirectoryAt("d"))).toBe("not-empty");
    expect(payloadOf(() => root.unlinkFileAt("d"))).toBe("is-directory");
    expect(payloadOf(() => root.removeDirectoryAt("l"))).toBe("not-directory");
    for (const name of ["f", "g"]) d.unlinkFileAt(name);
    root.removeDirectoryAt("d");
    root.unlinkFileAt("l");
    expect(namesIn(root)).toEqual([]);
  });

  test("tells of files what stat tells, and sets sizes and times", () => {
    const { root } = mounted();
    using file = create(root, "f");
    file.setSize(100n);
    const time = { seconds: 1_700_000_000n, nanoseconds: 500_000_000 };
    file.setTimes({ tag: "timestamp", val: time }, { tag: "timestamp", val: { ...time, seconds: 1_600_000_000n } });
    expect(file.stat()).toMatchObject({ type: "regular-file", linkCount: 1n, size: 100n, dataAccessTimestamp: time });
    const before = file.metadataHash();
    expect(root.metadataHashAt({}, "f")).toEqual(before);
    root.setTimesAt({}, "f", { tag: "no-change" }, { tag: "now" });
    const after = root.statAt({}, "f");
    expect(after.dataAccessTimestamp).toEqual(time);
    expect(after.dataModificationTimestamp?.seconds).toBeGreaterThan(1_700_000_000n);
    expect(file.metadataHash()).not.toEqual(before);
    using again = openFile(root, "f");
    expect(file.isSameObject(again)).toBe(true);
    expect(file.isSameObject(root)).toBe(false);
    file.sync();
    file.syncData();
    file.advise();
  });

  test.for([
    ["a missing file", "no-entry", (root: Descriptor) => openFile(root, "none")],
    [
      "a file that shall be new",
      "exist",
      (root: Descriptor) => root.openAt({}, "f", { create: true, exclusive: true }, { write: true }),
    ],
    ["a file as a directory", "not-directory", (root: Descriptor) => root.openAt({}, "f", { directory: true }, {})],
    ["a file with a slash", "not-directory", (root: Descriptor) => openFile(root, "f/")],
    ["a path through a file", "not-directory", (root: Descriptor) => openFile(root, "f/x")],
    ["a directory for writing", "is-directory", (root: Descriptor) => root.openAt({}, "d", {}, { write: true })],
    ["a link that is not followed", "loop", (root: Descriptor) => openFile(root, "l")],
    ["an empty path", "no-entry", (root: Descriptor) => openFile(root, "")],
    ["a path with a zero byte", "invalid", (root: Descriptor) => openFile(root, "f\0")],
    ["a very long path", "name-too-long", (root: Descriptor) => openFile(root, "d/".repeat(3_000))],
    ["a very long name", "name-too-long", (root: Descriptor) => openFile(root, "x".repeat(300))],
    ["a new directory", "invalid", (root: Descriptor) => root.openAt({}, "x", { create: true, directory: true }, {})],
  ] as const)("answers opening %s with %s", ([, code, open]) => {
    const prepare = (folder: string) => {
      writeFileSync(join(folder, "f"), "x");
      mkdirSync(join(folder, "d"));
      symlinkSync("f", join(folder, "l"));
    };
    expect(payloadOf(() => open(mounted({ prepare }).root))).toBe(code);
  });

  test("cuts a file that is opened to be truncated", () => {
    const { root, folder } = mounted({ prepare: (path) => writeFileSync(join(path, "f"), "content") });
    root.openAt({}, "f", { truncate: true }, { read: true })[Symbol.dispose]();
    expect(statSync(join(folder, "f")).size).toBe(0);
  });

  test("holds a descriptor to what it was opened for", () => {
    const { root } = mounted();
    using file = create(root, "f");
    using reading = openFile(root, "f");
    using writing = root.openAt({}, "f", {}, { write: true });
    expect(reading.getFlags()).toEqual({ read: true });
    expect(payloadOf(() => reading.write(bytes("x"), 0n))).toBe("bad-descriptor");
    expect(payloadOf(() => reading.setSize(0n))).toBe("bad-descriptor");
    expect(payloadOf(() => writing.read(1n, 0n))).toBe("bad-descriptor");
    expect(payloadOf(() => writing.readViaStream(0n))).toBe("bad-descriptor");
    expect(payloadOf(() => root.read(1n, 0n))).toBe("bad-descriptor");
    expect(payloadOf(() => file.readDirectory())).toBe("not-directory");
    expect(payloadOf(() => openFile(file, "x"))).toBe("not-directory");
    expect(payloadOf(() => file.read(1n, 2n ** 63n))).toBe("overflow");
  });

  test("gives a stream's failure with its code", () => {
    const { root, filesystem } = mounted({ maxFileBytes: 10 });
    using out = create(root, "f").writeViaStream(0n);
    const payload = payloadOf(() => out.write(bytes("longer than ten")));
    expect(payload).toMatchObject({ tag: "last-operation-failed" });
    const error: unknown =
      typeof payload === "object" && payload !== null && "val" in payload ? payload.val : undefined;
    expect(filesystem.types.filesystemErrorCode(Object(error))).toBe("file-too-large");
  });
});

describe("a read-only mount", () => {
  test("refuses every change", () => {
    const prepare = (folder: string) => {
      writeFileSync(join(folder, "f"), "content");
      mkdirSync(join(folder, "d"));
    };
    const { root } = mounted({ readOnly: true, prepare });
    expect(contentOf(root, "f")).toBe("content");
    using file = openFile(root, "f");
    using d = root.openAt({}, "d", { directory: true }, {});
    const now = { tag: "now" } as const;
    for (const change of [
      () => root.openAt({}, "f", {}, { write: true }),
      () => root.openAt({}, "x", { create: true }, { read: true }),
      () => root.openAt({}, "f", { truncate: true }, { read: true }),
      () => root.openAt({}, "d", {}, { mutateDirectory: true }),
      () => d.createDirectoryAt("x"),
      () => root.createDirectoryAt("x"),
      () => root.unlinkFileAt("f"),
      () => root.removeDirectoryAt("d"),
      () => root.renameAt("f", root, "g"),
      () => root.linkAt({}, "f", root, "g"),
      () => root.symlinkAt("f", "g"),
      () => root.setTimesAt({}, "f", now, now),
      () => file.setTimes(now, now),
    ]) {
      expect(payloadOf(change)).toBe("read-only");
    }
  });

  test("does not give its files to a volume that may be written", () => {
    const prepare = (folder: string) => writeFileSync(join(folder, "f"), "content");
    const { root } = mounted({ prepare });
    const { root: other } = mounted();
    expect(payloadOf(() => root.linkAt({}, "f", other, "f"))).toBe("cross-device");
    expect(payloadOf(() => root.renameAt("f", other, "f"))).toBe("cross-device");
  });
});

describe("no path leads out of a volume", () => {
  const prepare = (folder: string) => {
    mkdirSync(join(folder, "d"));
    writeFileSync(join(folder, "inside"), "inside");
    symlinkSync("../secret", join(folder, "up"));
    symlinkSync(join(folder, "../secret"), join(folder, "absolute"));
    symlinkSync("..", join(folder, "parent"));
    symlinkSync("../..", join(folder, "d", "parent"));
    symlinkSync("../inside", join(folder, "d", "fine"));
    symlinkSync("turn", join(folder, "turn"));
    symlinkSync("d/../d/fine", join(folder, "winding"));
    symlinkSync("new", join(folder, "dangling"));
  };

  test.for([
    "../secret",
    "..",
    "d/../../secret",
    "./../secret",
    "/etc/passwd",
    "up",
    "absolute",
    "parent/secret",
    "parent",
    "d/parent/secret",
    "d/parent/volume/inside",
    "up/",
  ])("not-permitted: %s", (path) => {
    const { root } = mounted({ prepare });
    const follow = { symlinkFollow: true };
    for (const call of [
      () => root.openAt(follow, path, {}, { read: true }),
      () => root.openAt(follow, path, { create: true }, { write: true }),
      () => root.statAt(follow, path),
      () => root.metadataHashAt(follow, path),
      () => root.setTimesAt(follow, path, { tag: "now" }, { tag: "now" }),
      () => root.linkAt(follow, path, root, "stolen"),
    ]) {
      expect(payloadOf(call)).toBe("not-permitted");
    }
  });

  test("nor do paths of entries that are made, moved or removed", () => {
    const { root, outside } = mounted({ prepare });
    for (const call of [
      () => root.createDirectoryAt("../x"),
      () => root.createDirectoryAt("parent/x"),
      () => root.symlinkAt("x", "parent/x"),
      () => root.unlinkFileAt("parent/secret"),
      () => root.unlinkFileAt("../secret"),
      () => root.removeDirectoryAt("d/parent/x"),
      () => root.renameAt("inside", root, "parent/inside"),
      () => root.renameAt("../secret", root, "mine"),
      () => root.linkAt({}, "parent/secret", root, "mine"),
      () => root.symlinkAt("/etc/passwd", "passwd"),
      () => root.readlinkAt("absolute"),
    ]) {
      expect(payloadOf(call)).toBe("not-permitted");
    }
    expect(readdirSync(outside).sort()).toEqual(["secret", "volume"]);
  });

  test("and a link within it is followed when asked", () => {
    const { root, folder } = mounted({ prepare });
    expect(contentOf(root, "d/fine")).toBe("inside");
    expect(contentOf(root, "winding")).toBe("inside");
    expect(contentOf(root, "./d/.././inside")).toBe("inside");
    expect(payloadOf(() => contentOf(root, "turn"))).toBe("loop");
    expect(root.statAt({}, "up").type).toBe("symbolic-link");
    // a link to what is not there yet makes that, inside
    root.openAt({ symlinkFollow: true }, "dangling", { create: true }, { write: true })[Symbol.dispose]();
    expect(existsSync(join(folder, "new"))).toBe(true);
  });

  test("and a directory is the end of the way up for paths that begin there", () => {
    const { root } = mounted({ prepare });
    using d = root.openAt({}, "d", { directory: true }, {});
    expect(payloadOf(() => contentOf(d, "../inside"))).toBe("not-permitted");
    expect(payloadOf(() => contentOf(d, "fine"))).toBe("not-permitted");
  });

  test("also while somebody swaps a directory for a link", async () => {
    const { root, folder, outside } = mounted({
      prepare: (path) => {
        mkdirSync(join(path, "dir"));
        writeFileSync(join(path, "dir", "secret"), "inside");
        symlinkSync("..", join(path, "link"));
      },
    });
    const worker = new Worker(
      `const { renameSync } = require("node:fs"); const { workerData: folder, parentPort } = require("node:worker_threads");
       parentPort.once("message", () => process.exit()); parentPort.postMessage("begun");
       (function swap() { for (let i = 0; i < 200; i++) { renameSync(folder + "/dir", folder + "/x"); renameSync(folder + "/link", folder + "/dir");
         renameSync(folder + "/dir", folder + "/link"); renameSync(folder + "/x", folder + "/dir"); } setImmediate(swap); })();`,
      { eval: true, workerData: folder },
    );
    await new Promise((resolve) => worker.once("message", resolve));
    const seen = new Set<unknown>();
    for (let i = 0; i < 1_500; i++) {
      try {
        seen.add(contentOf(root, "dir/secret"));
      } catch (error) {
        seen.add(Reflect.get(Object(error), "payload"));
      }
    }
    await worker.terminate();
    expect(readFileSync(join(outside, "secret"), "utf8")).toBe("secret");
    expect(seen).toContain("inside");
    expect(
      [...seen].filter((each) => !["inside", "not-permitted", "no-entry", "not-directory"].includes(String(each))),
    ).toEqual([]);
  });

  test("and what is neither file nor directory is not opened", () => {
    const { root } = mounted({ prepare: (folder) => execFileSync("mkfifo", [join(folder, "fifo")]) });
    expect(payloadOf(() => openFile(root, "fifo"))).toBe("unsupported");
    expect(root.statAt({}, "fifo").type).toBe("fifo");
  });
});

describe("limits of a volume", () => {
  test("bound a file's length", () => {
    const { root } = mounted({ maxFileBytes: 100 });
    using file = create(root, "f");
    expect(payloadOf(() => file.write(new Uint8Array(10), 95n))).toBe("file-too-large");
    expect(payloadOf(() => file.setSize(101n))).toBe("file-too-large");
    file.setSize(100n);
  });

  test("bound what all files hold, whatever was there before", () => {
    const { root, volume } = mounted({
      maxBytes: 10_000,
      prepare: (folder) => writeFileSync(join(folder, "old"), "x".repeat(3_000)),
    });
    expect(volume.usedBytes).toBe(4_024);
    using file = create(root, "f");
    file.write(new Uint8Array(4_000), 0n);
    expect(payloadOf(() => file.write(new Uint8Array(1_000), 4_000n))).toBe("quota");
    expect(payloadOf(() => file.setSize(5_000n))).toBe("quota");
    // over what is there already nothing grows
    file.write(new Uint8Array(4_000), 0n);
    root.unlinkFileAt("old");
    file.setSize(8_000n);
    root.openAt({}, "f", { truncate: true }, { write: true })[Symbol.dispose]();
    expect(volume.usedBytes).toBe(1_024);
  });

  test("count entries too, and give back what is removed or replaced", () => {
    const { root, volume } = mounted({ maxBytes: 5_000 });
    for (const name of ["a", "b"]) create(root, name)[Symbol.dispose]();
    root.createDirectoryAt("d");
    root.symlinkAt("a", "l");
    expect(volume.usedBytes).toBe(4 * 1_024);
    expect(payloadOf(() => create(root, "one-more"))).toBe("quota");
    root.renameAt("a", root, "a");
    expect(volume.usedBytes).toBe(4 * 1_024);
    root.renameAt("a", root, "b");
    root.removeDirectoryAt("d");
    root.unlinkFileAt("l");
    expect(payloadOf(() => root.unlinkFileAt("l"))).toBe("no-entry");
    expect(volume.usedBytes).toBe(1_024);
  });

  test("count a file that was unlinked until nobody has it open", () => {
    const { root, volume } = mounted({ maxBytes: 100_000 });
    const file = create(root, "f");
    file.setSize(50_000n);
    const stream = file.readViaStream(0n);
    root.unlinkFileAt("f");
    file[Symbol.dispose]();
    expect(volume.usedBytes).toBe(50_000);
    expect(stream.read(10n)).toHaveLength(10);
    stream[Symbol.dispose]();
    expect(volume.usedBytes).toBe(0);
  });

  test("bound what is open at once; a call's end closes all of it", () => {
    const { root, filesystem } = mounted({ maxOpen: 3 });
    const before = readdirSync("/proc/self/fd").length;
    const files = ["a", "b", "c"].map((name) => create(root, name));
    expect(payloadOf(() => create(root, "d"))).toBe("insufficient-memory");
    expect(payloadOf(() => root.readDirectory())).toBe("insufficient-memory");
    files[0]?.[Symbol.dispose]();
    root.readDirectory();
    filesystem.reset();
    expect(readdirSync("/proc/self/fd").length).toBe(before);
    expect(payloadOf(() => files[1]?.read(1n, 0n))).toBe("bad-descriptor");
    expect(namesIn(root)).toHaveLength(3);
  });
});
