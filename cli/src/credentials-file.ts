/**
 * The credentials file, in the form other S3 gateways on NATS use:
 * `{"credentials":[{"accessKey":"...","secretKey":"..."}]}`. Every problem is told at once, by entry; secrets are never shown.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { messageOf, UsageError } from "./errors.ts";

export type Credential = { readonly accessKeyId: string; readonly secretAccessKey: string };

const Entry = z.object({
  accessKey: z
    .string("is missing")
    .min(3, "has fewer than 3 characters")
    .max(128, "has more than 128 characters")
    .regex(/^[^=,]*$/, "holds = or ,")
    .regex(/^[^\s/]*$/, "holds a blank or a slash"),
  secretKey: z.string("is missing").min(8, "has fewer than 8 characters").max(256, "has more than 256 characters"),
});
const File = z.object({ credentials: z.array(z.unknown(), "must be a list").min(1, "is empty") }, "must be an object");

/** Reads and checks the file. Throws UsageError that names the file and each bad entry. */
export async function readCredentialsFile(path: string): Promise<Credential[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new UsageError(`--credentials: ${path} cannot be read: ${messageOf(error)}`);
  });
  return parseCredentials(text, path);
}

/** The file's text -> credentials in its order. */
export function parseCredentials(text: string, path: string): Credential[] {
  const entries = parseEntries(text, path);
  const problems: string[] = [];
  const credentials: Credential[] = [];
  const seenAt = new Map<string, number>();
  for (const [index, value] of entries.entries()) {
    const parsed = Entry.safeParse(value);
    if (!parsed.success) {
      problems.push(
        ...parsed.error.issues.map(({ path, message }) => `entry ${index + 1}: ${path.join(".")} ${message}`.trim()),
      );
      continue;
    }
    const { accessKey, secretKey } = parsed.data;
    const first = seenAt.get(accessKey);
    if (first !== undefined) problems.push(`entry ${index + 1}: accessKey is the same as in entry ${first}`);
    seenAt.set(accessKey, index + 1);
    credentials.push({ accessKeyId: accessKey, secretAccessKey: secretKey });
  }
  if (problems.length > 0) throw new UsageError(`--credentials: ${path}: ${problems.join("; ")}`);
  return credentials;
}

function parseEntries(text: string, path: string): unknown[] {
  const form = 'it must be {"credentials":[{"accessKey":"...","secretKey":"..."}]}';
  try {
    const parsed = File.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data.credentials;
    const [issue] = parsed.error.issues;
    throw new UsageError(`--credentials: ${path}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}: ${form}`);
  } catch (error) {
    // the parser's own message would quote the text around the error, and with it a secret
    if (error instanceof SyntaxError) throw new UsageError(`--credentials: ${path} is not JSON: ${form}`);
    throw error;
  }
}
