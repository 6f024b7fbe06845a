/** What every client must be able to do, in the order a person would do it. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { S3 } from "@aws-sdk/client-s3";
import { startMesh, temporaryFolder, type TemporaryFolder, type TestMesh } from "@holdfast/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

/** Where a client finds the mesh, and a folder for its settings. */
export type Surroundings = {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** Made for this client, removed at the end: HOME, configuration, caches. */
  readonly home: string;
};

/** A client in the test's words. Remote names are keys in the bucket; local ones are paths. */
export type Client = {
  makeBucket(bucket: string): Promise<void>;
  upload(file: string, bucket: string, key: string): Promise<void>;
  download(bucket: string, key: string, file: string): Promise<void>;
  /** Everything it prints about the keys under a prefix. */
  list(bucket: string, prefix: string): Promise<string>;
  /** Makes the remote folder equal to the local one. */
  syncUp(folder: string, bucket: string, prefix: string): Promise<void>;
  syncDown(bucket: string, prefix: string, folder: string): Promise<void>;
  /** A URL that anybody can read with; absent where the client cannot make one of signature version 4. */
  presign?(bucket: string, key: string): Promise<string>;
  remove(bucket: string, key: string): Promise<void>;
  removeBucket(bucket: string): Promise<void>;
};

export type ClientUnderTest = {
  readonly name: string;
  /** The command found; undefined: the tests are skipped and say so. */
  readonly command: string | undefined;
  /** How to get it, for the message. */
  readonly install: string;
  connect(command: string, surroundings: Surroundings): Promise<Client>;
};

const large = 30 * 1024 * 1024;
const tree: Readonly<Record<string, string>> = {
  "plain.txt": "plain",
  "empty.txt": "",
  "a folder/with blanks.txt": "blanks",
  "deep/er/still/file.txt": "deep",
  "größe-東京-🎉.txt": "unicode",
  "plus+and&more=.txt": "signs",
};

export function describeClient(client: ClientUnderTest): void {
  const { name, command, install } = client;
  // oxlint-disable-next-line vitest/valid-title -- one scenario for all clients
  describe(name, () => {
    const bucket = `clients-${randomBytes(5).toString("hex")}`;
    let mesh: TestMesh | undefined;
    let folder: TemporaryFolder | undefined;
    let s3: S3;
    let tool: Client;
    const local = (file: string) => join(folder?.path ?? "", file);

    beforeEach(({ skip }) => skip(command === undefined, `${name} is not installed (${install})`));
    beforeAll(async () => {
      if (command === undefined) return;
      folder = await temporaryFolder("holdfast-client-");
      mesh = await startMesh();
      const [edge] = mesh.edges;
      if (edge === undefined) throw new Error("the mesh has no edge");
      const { accessKeyId, secretAccessKey, region } = mesh.credentials;
      const { endpoint } = edge;
      const home = local("home");
      await mkdir(home);
      s3 = new S3({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true });
      tool = await client.connect(command, { endpoint, accessKeyId, secretAccessKey, region, home });
    });
    afterAll(async () => {
      s3?.destroy();
      await mesh?.stop();
      await folder?.[Symbol.asyncDispose]();
    });

    test("makes a bucket", async () => {
      await tool.makeBucket(bucket);
      expect((await s3.headBucket({ Bucket: bucket })).$metadata.httpStatusCode).toBe(200);
    });

    test("copies a file up, byte for byte", async () => {
      const body = randomBytes(100_000);
      await writeFile(local("small.bin"), body);
      await tool.upload(local("small.bin"), bucket, "up/small.bin");
      const head = await s3.headObject({ Bucket: bucket, Key: "up/small.bin" });
      expect(head.ETag).toBe(`"${createHash("md5").update(body).digest("hex")}"`);
    });

    test("copies 30 MiB up in parts", async () => {
      await writeFile(local("large.bin"), randomBytes(large));
      await tool.upload(local("large.bin"), bucket, "up/large.bin");
      const head = await s3.headObject({ Bucket: bucket, Key: "up/large.bin" });
      expect(head.ContentLength).toBe(large);
      expect(head.ETag).toMatch(/^"[0-9a-f]{32}-\d+"$/);
      expect((await s3.listMultipartUploads({ Bucket: bucket })).Uploads ?? []).toEqual([]);
    });

    test("lists what is there", async () => {
      const listed = await tool.list(bucket, "up/");
      expect(listed).toContain("small.bin");
      expect(listed).toContain("large.bin");
      expect(listed).toContain(String(large));
    });

    test("copies down what it copied up", async () => {
      for (const file of ["small.bin", "large.bin"]) {
        await tool.download(bucket, `up/${file}`, local(`down-${file}`));
        const [sent, received] = [await readFile(local(file)), await readFile(local(`down-${file}`))];
        expect(received.equals(sent), file).toBe(true);
      }
    });

    test("synchronises a folder up and down, whatever its files are called", async () => {
      await writeTree(local("tree"), tree);
      await tool.syncUp(local("tree"), bucket, "tree");
      await tool.syncDown(bucket, "tree", local("back"));
      expect(await readTree(local("back"))).toEqual(tree);
    });

    test("synchronises a change: one file more, one less, one other", async () => {
      const { "plain.txt": _, ...rest } = tree;
      const changed = { ...rest, "empty.txt": "no longer empty", "new.txt": "new" };
      await mkdir(local("changed"));
      await writeTree(local("changed"), changed);
      await tool.syncUp(local("changed"), bucket, "tree");
      const listed = await s3.listObjectsV2({ Bucket: bucket, Prefix: "tree/" });
      const keys = (listed.Contents ?? []).map(({ Key = "" }) => Key.slice("tree/".length));
      expect(keys.toSorted()).toEqual(Object.keys(changed).toSorted());
      const got = await s3.getObject({ Bucket: bucket, Key: "tree/empty.txt" });
      expect(await got.Body?.transformToString()).toBe("no longer empty");
    });

    test("makes a URL that anybody can read with", async ({ skip }): Promise<void> => {
      const url = await tool.presign?.(bucket, "up/small.bin");
      if (url === undefined) return skip(`${name} signs URLs with version 2 only`);
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).equals(await readFile(local("small.bin")))).toBe(true);
      const tampered = await fetch(url.replace("small.bin", "large.bin"));
      expect(tampered.status).toBe(403);
      await tampered.body?.cancel();
    });

    test("removes objects and the bucket", async () => {
      const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket });
      for (const { Key = "" } of Contents) await tool.remove(bucket, Key);
      expect((await s3.listObjectsV2({ Bucket: bucket })).KeyCount).toBe(0);
      await tool.removeBucket(bucket);
      await expect(s3.headBucket({ Bucket: bucket })).rejects.toMatchObject({ name: "NotFound" });
    });
  });
}

async function writeTree(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

async function readTree(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map(async (path) => [relative(folder, path), await readFile(path, "utf8")] as const);
  return Object.fromEntries(await Promise.all(contents));
}
