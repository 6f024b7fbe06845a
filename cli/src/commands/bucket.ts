/** `holdfast bucket ...`: buckets and their upkeep, by the endpoints of object-metadata. */
import { type Bucket, type BucketStorage, objectMetadata } from "@holdfast/contracts";
import type { Client } from "@holdfast/micro/contract";
import { isValidBucketName } from "@holdfast/s3-protocol";
import { type Command, type CommandContext, type Options, parseInteger } from "../command.ts";
import { UsageError } from "../errors.ts";
import { withService } from "../mesh-call.ts";
import { table } from "../output.ts";
import { formatBytes, parseSeconds, parseSize } from "../units.ts";

type ObjectMetadata = Client<typeof objectMetadata>;

const bucketArgument = { name: "BUCKET", help: "the bucket's name" };

const list: Command = {
  name: "bucket list",
  summary: "list buckets, their owners and how they are kept",
  options: { owner: { value: "USER", help: "only this user's" } },
  async run(context) {
    const owner = context.options.text("owner");
    const buckets = await withService(context, objectMetadata, (service) => allBuckets(service, owner));
    const rows = buckets.map(({ name, owner, storage, createdAt }) => [
      name,
      owner ?? "(plain NATS)",
      describeStorage(storage),
      new Date(createdAt).toISOString(),
    ]);
    context.output.result({ buckets }, table(["BUCKET", "OWNER", "STORAGE", "CREATED"], rows));
  },
};

const create: Command = {
  name: "bucket create",
  summary: "make a bucket, with storage options that S3 clients cannot give",
  positionals: [bucketArgument],
  options: {
    owner: { value: "USER", help: "the user it belongs to (default: default)" },
    replicas: { value: "N", choices: ["1", "3", "5"], help: "copies on different NATS servers" },
    storage: { value: "KIND", choices: ["file", "memory"], help: "where NATS keeps it" },
    compression: { help: "compress on disk" },
    "max-age": { value: "DURATION", help: "objects expire after this time: 12h, 30d" },
    "max-bytes": { value: "SIZE", help: "writes beyond it are refused: 10GiB" },
    location: { value: "REGION", help: "what GetBucketLocation answers" },
  },
  examples: ["holdfast bucket create logs --replicas 3 --max-age 30d --max-bytes 100GiB"],
  async run(context) {
    const [bucket = ""] = context.positionals;
    const { options } = context;
    if (!isValidBucketName(bucket, { allowShort: true })) throw new UsageError(badName(bucket));
    const location = options.text("location");
    const input = { bucket, owner: options.text("owner") ?? "default", storage: storageOptions(options) };
    const made = await withService(context, objectMetadata, (service) =>
      service.CreateBucket({ ...input, ...(location === undefined ? {} : { location }) }),
    );
    context.output.result(
      made,
      `made bucket ${made.name} of ${made.owner ?? "nobody"}: ${describeStorage(made.storage)}`,
    );
  },
};

const badName = (bucket: string) =>
  `"${bucket}" is no name that S3 clients take: use small letters, digits, dots and dashes, up to 63, with a letter or digit at both ends`;

/** What was given; the rest is left to the service's defaults. */
function storageOptions(options: Options): Partial<BucketStorage> {
  const replicas = options.text("replicas");
  const storage = options.text("storage");
  const maxAge = options.text("max-age");
  const maxBytes = options.text("max-bytes");
  return {
    ...(replicas === undefined ? {} : { replicas: replicaCount(replicas) }),
    ...(storage === undefined ? {} : { storage: storage === "memory" ? "memory" : "file" }),
    ...(options.flag("compression") ? { compression: true } : {}),
    ...(maxAge === undefined ? {} : { maxAgeSeconds: parseSeconds("--max-age", maxAge) }),
    ...(maxBytes === undefined ? {} : { maxBytes: parseSize("--max-bytes", maxBytes) }),
  };
}

function replicaCount(text: string): BucketStorage["replicas"] {
  const count = parseInteger("--replicas", text, { min: 1, max: 5 });
  if (count === 1 || count === 3 || count === 5) return count;
  throw new UsageError(`--replicas: "${text}" is none of 1, 3, 5`);
}

function describeStorage({ replicas, storage, compression, maxAgeSeconds, maxBytes }: BucketStorage): string {
  return [
    `R${replicas} ${storage}`,
    ...(compression ? ["compressed"] : []),
    ...(maxAgeSeconds > 0 ? [`max age ${maxAgeSeconds} s`] : []),
    ...(maxBytes >= 0 ? [`max ${formatBytes(maxBytes)}`] : []),
  ].join(", ");
}

const compact: Command = {
  name: "bucket compact",
  summary: "rewrite objects completed from parts, so that plain Object Store clients read them",
  details: "Objects that are whole already are left alone. It can be stopped and started again at any time.",
  positionals: [bucketArgument],
  options: { prefix: { value: "KEY", help: "only keys that begin with it" } },
  async run(context) {
    const [bucket = ""] = context.positionals;
    const prefix = context.options.text("prefix") ?? "";
    const done = await withService(context, objectMetadata, (service) => compactAll(context, service, bucket, prefix));
    context.output.result(
      { bucket, ...done },
      `compacted ${done.compacted} of ${done.examined} objects, ${formatBytes(done.bytes)}`,
    );
  },
};

async function compactAll({ output }: CommandContext, service: ObjectMetadata, bucket: string, prefix: string) {
  const done = { examined: 0, compacted: 0, bytes: 0 };
  let startAfter: string | undefined = "";
  while (startAfter !== undefined) {
    const page = await service.ListObjects({ bucket, prefix, startAfter });
    for (const { key, etag } of page.objects) {
      done.examined += 1;
      // only an object completed from parts has an ETag with a dash
      if (!etag.includes("-")) continue;
      const { compacted, size } = await service.CompactObject({ bucket, key });
      if (!compacted) continue;
      done.compacted += 1;
      done.bytes += size;
      output.progress(`compacted ${key} (${formatBytes(size)})`);
    }
    startAfter = page.isTruncated ? page.next : undefined;
  }
  return done;
}

const sweep: Command = {
  name: "bucket sweep",
  summary: "find and free chunks that no object and no upload names",
  positionals: [{ ...bucketArgument, help: "the buckets; none: all of them", optional: true, rest: true }],
  options: { "dry-run": { help: "only count them" } },
  async run(context) {
    const purge = !context.options.flag("dry-run");
    const results = await withService(context, objectMetadata, async (service) => {
      const names =
        context.positionals.length > 0 ? context.positionals : (await allBuckets(service)).map(({ name }) => name);
      const swept = [];
      for (const bucket of names) swept.push({ bucket, ...(await service.Sweep({ bucket, purge })) });
      return swept;
    });
    const rows = results.map(({ bucket, orphanBytes, purgedBytes }) => [
      bucket,
      formatBytes(orphanBytes),
      formatBytes(purgedBytes),
    ]);
    context.output.result({ buckets: results }, table(["BUCKET", "ORPHANS", "FREED"], rows));
  },
};

async function allBuckets(service: ObjectMetadata, owner?: string): Promise<Bucket[]> {
  const buckets: Bucket[] = [];
  let startAfter: string | undefined = "";
  while (startAfter !== undefined) {
    const page: { buckets: Bucket[]; isTruncated: boolean } = await service.ListBuckets({
      startAfter,
      ...(owner === undefined ? {} : { owner }),
    });
    buckets.push(...page.buckets);
    startAfter = page.isTruncated ? page.buckets.at(-1)?.name : undefined;
  }
  return buckets;
}

export const bucketCommands: readonly Command[] = [list, create, compact, sweep];
