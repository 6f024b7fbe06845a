/** ConfigMap and Secret in the shape of Kubernetes v1, for use without Kubernetes. */
import { z } from "zod";
import { fields } from "./fields.ts";
import { header, withoutStatus } from "./metadata.ts";

const DataKey = z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, "letters, digits, '-', '_' and '.'");
const Text = z.string("must be a string: put the value in quotes");
const base64Text = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
const Base64 = Text.refine(
  (text) => base64Text.test(text) && text.replaceAll(/\s/g, "").length % 4 === 0,
  "must be base64; plain text goes under stringData",
);
/** Kubernetes' limit for what one object holds. */
const maxBytes = 1024 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that base64 stands for; undefined when it is not UTF-8, which an environment variable cannot hold. */
export function textOfBase64(base64: string): string | undefined {
  try {
    return decoder.decode(Buffer.from(base64, "base64"));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

const isText = (base64: string) => textOfBase64(base64) !== undefined;
const Utf8Base64 = Base64.refine(isText, "is not UTF-8 text, which is what a workload gets");

function bytesOf(values: Readonly<Record<string, string>>): number {
  return Object.entries(values).reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(value), 0);
}

function decoded(values: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, textOfBase64(value) ?? ""]));
}

/** `data` of the result holds what `data` and `binaryData` say, as text. */
export const ConfigMap = fields({
  ...header("v1", "ConfigMap"),
  data: z.record(DataKey, Text).default({}),
  binaryData: z.record(DataKey, Utf8Base64).optional(),
  immutable: z.boolean().default(false),
})
  .transform(({ binaryData, ...rest }) => ({ ...withoutStatus(rest), data: { ...decoded(binaryData), ...rest.data } }))
  .refine(({ data }) => bytesOf(data) <= maxBytes, { message: "more than 1 MiB in all", path: ["data"] });
export type ConfigMap = z.output<typeof ConfigMap>;

const PullSecret = z.object({ auths: z.record(z.string(), z.object({}).loose()) });

function isDockerConfig(text: string | undefined): boolean {
  try {
    return PullSecret.safeParse(JSON.parse(text ?? "")).success;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The type of a Secret that holds registry credentials, and the key they are under. */
export const dockerConfigType = "kubernetes.io/dockerconfigjson";
export const dockerConfigKey = ".dockerconfigjson";

/** `data` of the result holds the decoded text of `data` and `stringData` (which wins): it is never to be stored or shown as it is. */
export const Secret = fields({
  ...header("v1", "Secret"),
  type: z.string().min(1).max(253).default("Opaque"),
  data: z.record(DataKey, Utf8Base64).optional(),
  stringData: z.record(DataKey, Text).optional(),
  immutable: z.boolean().default(false),
})
  .transform(({ data, stringData, ...rest }) => ({ ...withoutStatus(rest), data: { ...decoded(data), ...stringData } }))
  .refine(({ data }) => bytesOf(data) <= maxBytes, { message: "more than 1 MiB in all", path: ["data"] })
  .refine(({ type, data }) => type !== dockerConfigType || isDockerConfig(data[dockerConfigKey]), {
    message: `a Secret of type ${dockerConfigType} holds {"auths": {...}} as JSON under "${dockerConfigKey}"`,
    path: ["data", dockerConfigKey],
  });
export type Secret = z.output<typeof Secret>;
