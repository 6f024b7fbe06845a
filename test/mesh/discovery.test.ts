/** What `nats micro ls|info|stats|ping` shows of the mesh: the micro protocol's answers on $SRV, through its own client. */
import { CreateBucketCommand, PutObjectCommand, PutObjectTaggingCommand, type S3Client } from "@aws-sdk/client-s3";
import { auth, multipart, objectMetadata, s3Edge } from "@holdfast/contracts";
import { startMesh, type TestMesh } from "@holdfast/testkit";
import { type EndpointInfo, type NamedEndpointStats, Svcm } from "@nats-io/services";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sdk, statusOf } from "./support/s3.ts";

const contracts = [auth, multipart, objectMetadata, s3Edge];
let mesh: TestMesh;
let nc: NatsConnection;
let s3: S3Client;

beforeAll(async () => {
  mesh = await startMesh({ objectMetadata: 2 });
  nc = await mesh.connectAdmin();
  s3 = sdk(mesh.edges[0]?.endpoint ?? "", mesh.credentials);
});
afterAll(async () => {
  s3.destroy();
  await mesh.stop();
});

const discover = () => new Svcm(nc).client({ strategy: "stall", maxWait: 500 });

async function collect<T>(answers: Promise<AsyncIterable<T>>): Promise<T[]> {
  const all: T[] = [];
  for await (const answer of await answers) all.push(answer);
  return all;
}

describe("$SRV.PING", () => {
  test("is answered by every instance, with its name, version and an id of its own", async () => {
    const answers = await collect(discover().ping());
    expect(answers.map(({ name, version }) => `${name} ${version}`).toSorted()).toEqual(
      [...contracts, objectMetadata].map(({ name, version }) => `${name} ${version}`).toSorted(),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(answers.length);
  });
});

describe("$SRV.INFO", () => {
  test.for(contracts)("describes $name as its contract does", async (contract) => {
    const [info] = await collect(discover().info(contract.name));
    expect(info).toMatchObject({ description: contract.description, version: contract.version });
    const endpoints = new Map((info?.endpoints ?? []).map((each): [string, EndpointInfo] => [each.name, each]));
    expect([...endpoints.keys()].toSorted()).toEqual(Object.keys(contract.endpoints).toSorted());
    for (const [name, declared] of Object.entries(contract.endpoints)) {
      const { subject, queue_group, metadata = {} } = endpoints.get(name) ?? {};
      expect(subject).toBe(`${contract.subject}.${name}`);
      expect(queue_group).toBe(contract.name);
      expect(metadata).toMatchObject({ summary: declared.summary, idempotent: String(declared.idempotent) });
      expect(JSON.parse(metadata["errors"] ?? "")).toEqual(declared.errors);
      for (const side of ["input", "output"]) {
        expect(JSON.parse(metadata[side] ?? ""), `${name} ${side}`).toMatchObject({
          $schema: "https://json-schema.org/draft/2020-12/schema",
        });
      }
    }
  });
});

describe("$SRV.STATS", () => {
  const total = async (service: string, endpoint: string) => {
    const instances = await collect(discover().stats(service));
    const own = instances.flatMap(({ endpoints = [] }) => endpoints.filter(({ name }) => name === endpoint));
    const sum = (of: (stats: NamedEndpointStats) => number) => own.reduce((so, stats) => so + of(stats), 0);
    return {
      requests: sum((stats) => stats.num_requests),
      errors: sum((stats) => stats.num_errors),
      nanoseconds: sum((stats) => stats.processing_time),
      lastErrors: own.flatMap(({ last_error: error }) => error ?? []),
    };
  };

  test("counts requests, errors and time of the traffic that came", async () => {
    const Bucket = "counted";
    await s3.send(new CreateBucketCommand({ Bucket }));
    const before = await total("object-metadata", "PutObject");
    for (let i = 0; i < 20; i++) await s3.send(new PutObjectCommand({ Bucket, Key: `k${i}`, Body: "x" }));
    const after = await total("object-metadata", "PutObject");
    expect(after.requests - before.requests).toBe(20);
    expect(after.errors).toBe(before.errors);
    expect((after.nanoseconds - before.nanoseconds) / 20).toBeGreaterThan(10_000);

    const tagging = { Bucket, Key: "none", Tagging: { TagSet: [] } };
    expect(await s3.send(new PutObjectTaggingCommand(tagging)).then(() => 200, statusOf)).toBe(404);
    const tagged = await total("object-metadata", "PutObjectTagging");
    expect(tagged).toMatchObject({ requests: 1, errors: 1 });
    expect(tagged.lastErrors.join()).toContain("NoSuchKey");
    expect((await total("auth", "GetSigningKey")).requests).toBeGreaterThan(0);
  });
});

test("an instance that is stopped leaves the list", async () => {
  const instances = async () => (await collect(discover().ping("object-metadata"))).length;
  expect(await instances()).toBe(2);
  await mesh.kill("object-metadata", 1, "SIGTERM");
  expect(await instances()).toBe(1);
});
