/** mesh.json: how the commands reach the embedded NATS server of a data folder. */
import { generateMeshPasswords, type MeshSecrets, meshUsers } from "@holdfast/nats-server";
import { z } from "zod";
import { type Home, readJsonFile, writeSecretFile } from "./home.ts";

const MeshState = z.object({
  /** Absent until the server has run once. */
  natsUrl: z.string().optional(),
  /** One per NATS user; the operator's is `admin`. A user that an earlier version did not have gets a new one. */
  passwords: z
    .partialRecord(z.enum(meshUsers), z.string())
    .transform((kept): MeshSecrets => Object.assign(generateMeshPasswords(), kept)),
});
export type MeshState = z.output<typeof MeshState>;

/** What an earlier `holdfast up` left; undefined when there was none. */
export function readMeshState(home: Home): Promise<MeshState | undefined> {
  return readJsonFile(home.meshFile, MeshState);
}

/** The same passwords at each start, new ones at the first. */
export async function openMeshState(home: Home): Promise<MeshState> {
  const existing = await readMeshState(home);
  const state = existing ?? { passwords: generateMeshPasswords() };
  await saveMeshState(home, state);
  return state;
}

export function saveMeshState(home: Home, state: MeshState): Promise<void> {
  return writeSecretFile(home.meshFile, `${JSON.stringify(state, null, 2)}\n`);
}
