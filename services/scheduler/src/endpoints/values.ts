import type { scheduler } from "@holdfast/contracts";
import { checkDocument, type Manifest, type ManifestOf, pathText } from "@holdfast/manifests";
import { fail } from "@holdfast/micro";
import type { Sealer } from "@holdfast/runtime";
import type { Handlers } from "@holdfast/micro/contract";
import { changeObject, noSuchObject } from "../change-object.ts";
import { sealedSecret } from "../domain/apply.ts";
import { newBase, type SecretRecord } from "../domain/records.ts";
import { openValues, type SecretValues, UnreadableSecret } from "../domain/secret-values.ts";
import type { SchedulerParts } from "../parts.ts";

type Api = Handlers<typeof scheduler>;
type Edit = { readonly set: Readonly<Record<string, string>>; readonly unset: readonly string[] };

export function getConfig({ store }: SchedulerParts): Api["GetConfig"] {
  return async ({ namespace, name }) => {
    await store.refresh();
    const entry = store.view.get("ConfigMap", namespace, name);
    if (entry === undefined) throw noSuchObject("ConfigMap", namespace, name);
    return { data: entry.record.manifest.data, revision: entry.revision };
  };
}

function edited(values: Readonly<Record<string, string>>, { set, unset }: Edit): Record<string, string> {
  const gone = new Set(unset);
  return Object.fromEntries(Object.entries({ ...values, ...set }).filter(([key]) => !gone.has(key) || key in set));
}

/** The manifest, checked as one that is applied. Throws Refused. */
function checked<K extends Manifest["kind"]>(kind: K, value: object): ManifestOf<K> {
  const [result] = checkDocument(value);
  if (result?.outcome === "manifest" && isOf(result.manifest, kind)) return result.manifest;
  const problem = result?.outcome === "refused" ? result.problems[0] : undefined;
  throw fail("Refused", `${pathText(problem?.path ?? [])}: ${problem?.message ?? "not allowed"}`);
}

const isOf = <K extends Manifest["kind"]>(manifest: Manifest, kind: K): manifest is ManifestOf<K> =>
  manifest.kind === kind;

function refuseImmutable(manifest: { readonly immutable: boolean } | undefined, name: string): void {
  if (manifest?.immutable) throw fail("Refused", `${name} is immutable: delete it first, or use another name`);
}

export function setConfig({ store, newUid, now }: SchedulerParts): Api["SetConfig"] {
  return async ({ namespace, name, set, unset }) => {
    const { record, revision } = await changeObject(store, { kind: "ConfigMap", namespace, name }, (before) => {
      refuseImmutable(before?.manifest, name);
      const metadata = before?.manifest.metadata ?? { namespace, name };
      const data = edited(before?.manifest.data ?? {}, { set, unset });
      const manifest = checked("ConfigMap", { apiVersion: "v1", kind: "ConfigMap", metadata, data });
      const base = before ?? newBase(newUid(), now());
      return { ...base, manifest, generation: before ? before.generation + 1 : 1 };
    });
    return { keys: Object.keys(record.manifest.data).sort(), revision };
  };
}

function valuesOf(secret: SecretRecord, sealer: Sealer): SecretValues {
  try {
    return openValues(sealer, secret);
  } catch (error) {
    if (error instanceof UnreadableSecret) throw fail("Refused", error.message, { cause: error });
    throw error;
  }
}

export function setSecret({ store, newUid, now, sealer }: SchedulerParts): Api["SetSecret"] {
  return async ({ namespace, name, type, set, unset }) => {
    const { record, revision } = await changeObject(store, { kind: "Secret", namespace, name }, (before) => {
      refuseImmutable(before?.manifest, name);
      const metadata = before?.manifest.metadata ?? { namespace, name };
      const stringData = edited(before ? valuesOf(before, sealer) : {}, { set, unset });
      const manifest = checked("Secret", {
        apiVersion: "v1",
        kind: "Secret",
        metadata,
        type: before?.manifest.type ?? type,
        stringData,
      });
      const base = before ?? newBase(newUid(), now());
      const status = { ...base.status, keys: Object.keys(stringData).sort() };
      return { ...base, ...sealedSecret(manifest, sealer), status, generation: before ? before.generation + 1 : 1 };
    });
    return { keys: record.status.keys ?? [], revision };
  };
}
