/** An object as callers see it. */
import type { KeptObject } from "@holdfast/contracts";
import { refOf } from "./apply.ts";
import type { Entry } from "./view.ts";

/** Of a Secret: without values, which are not in the manifest but beside it. */
export function keptObject({ record, revision }: Entry): KeptObject {
  const { manifest, uid, generation, createdAt, owner, isDeleting, status } = record;
  const { namespace } = manifest.metadata;
  return {
    ref: refOf(manifest),
    manifest: { ...manifest },
    uid,
    revision,
    generation,
    createdAt,
    ...(owner && { owner: { kind: owner.kind, namespace, name: owner.name } }),
    isDeleting,
    status,
  };
}
