import { randomBytes } from "node:crypto";

/**
 * A new upload id: the time in milliseconds as 9 characters of base 36, so that ids of one key sort by initiation,
 * then 20 random characters. Nobody can guess one.
 */
export function newUploadId(now: number): string {
  return now.toString(36).padStart(9, "0") + randomBytes(15).toString("base64url");
}
