import type { Logger } from "@holdfast/runtime";
import { mkdir } from "node:fs/promises";

/**
 * The folder for workers' compiled code, or undefined where it cannot be made: then each of them compiles for itself. Nobody but this user
 * may write there, for V8 trusts what it finds.
 */
export async function compileCache(folder: string, log: Pick<Logger, "warn">): Promise<string | undefined> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch (error) {
    log.warn({ err: error, folder }, "no folder for compiled code: workers start slower");
    return undefined;
  }
}
