/** Values of a Secret: sealed for the store, opened for a host, never shown. */
import type { Sealed, Sealer } from "@holdfast/runtime";
import { z } from "zod";
import type { SecretRecord } from "./records.ts";

export type SecretValues = Readonly<Record<string, string>>;
const Values = z.record(z.string(), z.string());

type Place = { readonly namespace: string; readonly name: string };

/** A sealed Secret that was put under another name does not open. */
const boundTo = ({ namespace, name }: Place) => ["Secret", namespace, name];

export const sealValues = (sealer: Sealer, place: Place, values: SecretValues): Sealed =>
  sealer.seal(JSON.stringify(values), boundTo(place));

/** A Secret whose entry was tampered with, or sealed with another master key. */
export class UnreadableSecret extends Error {
  override readonly name = "UnreadableSecret";
}

/** Throws UnreadableSecret. */
export function openValues(sealer: Sealer, { manifest, sealed }: SecretRecord): SecretValues {
  const { namespace, name } = manifest.metadata;
  try {
    return Values.parse(JSON.parse(sealer.open(sealed, boundTo(manifest.metadata))));
  } catch (cause) {
    throw new UnreadableSecret(
      `Secret ${namespace}/${name} cannot be opened (it was changed in the store, or sealed with another master key): apply it anew with all its values`,
      { cause },
    );
  }
}
