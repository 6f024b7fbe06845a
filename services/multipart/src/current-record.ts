import { isMeshError } from "@holdfast/micro";
import { z } from "zod";
import type { MultipartParts } from "./parts.ts";

/** What a key's record says now. */
export type CurrentRecord = {
  /** 0: there never was one. That of a deleted object counts too. */
  readonly sequence: number;
  /** The upload that the object was completed from. */
  readonly uploadId?: string;
  readonly lastModified: number;
};

const Deleted = z.object({ sequence: z.int() });

/** Asks object-metadata, which reads through the leader. */
export async function currentRecord(
  objects: MultipartParts["objects"],
  { bucket, key }: { bucket: string; key: string },
): Promise<CurrentRecord> {
  try {
    const { object } = await objects.ResolveObject({ bucket, key });
    const { sequence, lastModified, data } = object;
    return { sequence, lastModified, ...(data.kind !== "run" && { uploadId: data.uploadId }) };
  } catch (error) {
    if (!isMeshError(error, "NoSuchKey")) throw error;
    // the sequence of the deletion mark, where there is one: "deleted since" is not "never was"
    return { sequence: Deleted.safeParse(error.details).data?.sequence ?? 0, lastModified: 0 };
  }
}
