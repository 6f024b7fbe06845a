/** What an edge remembers of small objects is never older than what anybody was told. */
import { startMesh, type TestMesh } from "@holdfast/testkit";
import { Objm } from "@nats-io/obj";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pathOf, type S3, s3Of } from "./harness.ts";

let mesh: TestMesh;
let s3: S3;
const bucket = "edge-recent";
const path = pathOf(bucket, "k");

beforeAll(async () => {
  mesh = await startMesh({ edges: 2 });
  s3 = s3Of(mesh);
  await s3.makeBucket(bucket);
});
afterAll(async () => await mesh.stop());

/** Written through the one edge, so that the other has to find out by itself. */
const write = (body: string) => s3.ok({ method: "PUT", path, body, edge: 1 });
const read = () => s3.call({ path, edge: 0 });

/** Of all operations of the first edge. */
async function roundTrips(): Promise<number> {
  const admin = mesh.processes.find(({ service }) => service === "s3-edge")?.admin ?? "";
  const text = await (await fetch(`${admin}/metrics`)).text();
  const counts = [...text.matchAll(/^holdfast_nats_round_trips_total\{[^}]*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

describe("an object that an edge has read", () => {
  test("is read as it is after each overwrite through another edge", async () => {
    for (let version = 0; version < 50; version++) {
      await write(`version ${version}`);
      expect((await read()).text).toBe(`version ${version}`);
      expect((await read()).text).toBe(`version ${version}`);
    }
  });

  test("takes one round trip to read again", async () => {
    await write("hot");
    await read();
    const before = await roundTrips();
    for (let i = 0; i < 20; i++) expect((await read()).text).toBe("hot");
    expect((await roundTrips()) - before).toBe(20);
  });

  test("has the tags that it was given since", async () => {
    await write("tagged");
    expect((await read()).headers["x-amz-tagging-count"]).toBeUndefined();
    const body = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    await s3.ok({ method: "PUT", path: `${path}?tagging=`, body, edge: 1 });
    expect((await read()).headers["x-amz-tagging-count"]).toBe("1");
  });

  test("is as a plain Object Store client wrote it since", async () => {
    await write("through S3");
    await read();
    await using nc = await mesh.connectAdmin();
    await (await new Objm(nc).open(bucket)).putBlob({ name: "k" }, Buffer.from("by a plain client"));
    expect((await read()).text).toBe("by a plain client");
  });

  test("is gone as soon as it was deleted through another edge", async () => {
    await write("to be deleted");
    await read();
    await s3.ok({ method: "DELETE", path, edge: 1 });
    expect((await read()).status).toBe(404);
    await write("written again");
    expect((await read()).text).toBe("written again");
  });

  test("does not show up in a bucket made anew under the same name", async () => {
    await write("of the first bucket");
    await read();
    await s3.ok({ method: "DELETE", path, edge: 1 });
    await s3.ok({ method: "DELETE", path: `/${bucket}`, edge: 1 });
    expect((await read()).status).toBe(404);
    await s3.ok({ method: "PUT", path: `/${bucket}`, edge: 1 });
    expect((await read()).status).toBe(404);
    await write("of the second bucket");
    expect((await read()).text).toBe("of the second bucket");
  });
});
