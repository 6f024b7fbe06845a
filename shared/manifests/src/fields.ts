/** Building blocks of the kinds' schemas: objects that refuse what they do not know, and the strings Kubernetes bounds. */
import { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";

/** An object with these fields and no other; the refusal of an unknown one names what was probably meant. */
export function fields<const S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" && Array.isArray(issue["keys"])
        ? issue["keys"].map((key) => `unknown field${didYouMean(key, known)}`).join("\n")
        : undefined,
  });
}

const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** A DNS label (RFC 1123): what Kubernetes asks of namespaces, volumes and containers. */
export const DnsLabel = z
  .string()
  .max(63, "at most 63 characters")
  .regex(labelPattern, "lower-case letters, digits and '-', beginning and ending with a letter or digit");

/** A DNS subdomain (RFC 1123): what Kubernetes asks of objects' names. */
export const ObjectName = z
  .string()
  .max(253, "at most 253 characters")
  .refine(
    (name) => name.split(".").every((part) => labelPattern.test(part)),
    "lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
  );

const namePart = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

function isQualifiedName(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash === -1) return namePart.test(key);
  return ObjectName.safeParse(key.slice(0, slash)).success && namePart.test(key.slice(slash + 1));
}

const QualifiedName = z
  .string()
  .refine(
    isQualifiedName,
    "a name of up to 63 letters, digits, '-', '_' and '.', with an optional 'domain/' before it",
  );

const LabelValue = z
  .string("must be a string: put the value in quotes")
  .refine((value) => value === "" || namePart.test(value), "up to 63 letters, digits, '-', '_' and '.'");

/** Labels and selectors. */
export const Labels = z.record(QualifiedName, LabelValue);

const totalBytes = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);

/** Strings by name, such as `config`; a number or boolean must be quoted, as Kubernetes asks too. */
export const StringMap = z
  .record(z.string().min(1).max(253), z.string("must be a string: put the value in quotes"))
  .refine((values) => totalBytes(values) <= 1024 * 1024, "more than 1 MiB in all");

/** Annotations: 256 KiB in all. */
export const Annotations = z
  .record(QualifiedName, z.string("must be a string: put the value in quotes"))
  .refine((values) => totalBytes(values) <= 256 * 1024, "more than 256 KiB in all");

/** `{ name }`: another object of the same namespace. */
export const LocalObjectReference = fields({ name: ObjectName });

/** A count as protobuf's int32 carries it. */
export const Count = z.int("a whole number").min(0, "not below 0").max(2_147_483_647, "at most 2147483647");
