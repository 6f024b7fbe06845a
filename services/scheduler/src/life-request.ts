/** What a host is to be sent so that it starts a life, out of what is kept at that moment. */
import type { Sealer } from "@holdfast/runtime";
import { refOfKey } from "./domain/records.ts";
import { openValues, type SecretValues, UnreadableSecret } from "./domain/secret-values.ts";
import { missingReference, type StartRequest, startRequest } from "./domain/start-request.ts";
import type { View } from "./domain/view.ts";

/** Opens a Secret; undefined when there is none, throws UnreadableSecret. */
export type SecretOf = (namespace: string, name: string) => SecretValues | undefined;

export const secretsIn =
  (view: View, sealer: Sealer): SecretOf =>
  (namespace, name) => {
    const entry = view.get("Secret", namespace, name);
    return entry && openValues(sealer, entry.record);
  };

/**
 * The request, or why there can be none: what was there when the life was placed may be gone since. Undefined when the workload is gone, or
 * has another life by now.
 */
export function requestOfLife(
  key: string,
  workloadId: string,
  { view, secretOf }: { readonly view: View; readonly secretOf: SecretOf },
): StartRequest | { readonly problem: string } | undefined {
  const { namespace, name: workload } = refOfKey(key);
  const record = view.get("Workload", namespace, workload)?.record;
  if (record?.run.placement?.workloadId !== workloadId) return undefined;
  const missing = missingReference(record.manifest, (kind, name) => view.get(kind, namespace, name) !== undefined);
  if (missing !== undefined) return { problem: missing };
  try {
    return startRequest(workloadId, record.manifest, {
      config: (name) => view.get("ConfigMap", namespace, name)?.record.manifest.data,
      secret: (name) => secretOf(namespace, name),
    });
  } catch (error) {
    if (error instanceof UnreadableSecret) return { problem: error.message };
    throw error;
  }
}
