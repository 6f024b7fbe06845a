import type { KeptObject } from "@holdfast/contracts";

/** The object as `-o yaml` shows it: what can be applied again, and beside it what the scheduler says (dropped when it is applied). */
export function asManifest({
  manifest,
  uid,
  generation,
  createdAt,
  status,
}: KeptObject): Readonly<Record<string, unknown>> {
  const metadata = typeof manifest["metadata"] === "object" ? manifest["metadata"] : {};
  const creationTimestamp = new Date(createdAt).toISOString();
  return { ...manifest, metadata: { ...metadata, uid, generation, creationTimestamp }, status };
}
