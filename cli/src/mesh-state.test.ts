import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { meshUsers } from "@holdfast/nats-server";
import { expect, test } from "vitest";
import { homeOf } from "./home.ts";
import { openMeshState } from "./mesh-state.ts";

test("the state of an earlier version keeps its passwords and gets one for each NATS user that is new", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-mesh-state-"));
  try {
    const home = homeOf({ options: { text: () => folder }, env: {} } as unknown as Parameters<typeof homeOf>[0]);
    await writeFile(
      home.meshFile,
      JSON.stringify({ natsUrl: "nats://127.0.0.1:1", passwords: { auth: "kept", admin: "too" } }),
    );
    const { passwords, natsUrl } = await openMeshState(home);
    expect(passwords).toMatchObject({ auth: "kept", admin: "too" });
    expect(natsUrl).toBe("nats://127.0.0.1:1");
    expect(Object.keys(passwords).toSorted()).toEqual([...meshUsers].toSorted());
    expect(JSON.parse(await readFile(home.meshFile, "utf8"))).toMatchObject({ passwords });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
