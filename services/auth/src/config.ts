/** The environment of auth, besides what every service reads. */
import { z } from "zod";

export const AuthConfig = z.object({
  HOLDFAST_DATA_DIR: z.string().default(".holdfast").describe("folder for the files of services that keep some"),
  HOLDFAST_AUTH_MASTER_KEY_FILE: z
    .string()
    .optional()
    .describe(
      "file with the master key that encrypts secrets (32 bytes, base64, mode 0600); default <data dir>/auth-master.key",
    ),
  HOLDFAST_AUTH_MASTER_KEY_CREATE: z
    .enum(["true", "false"])
    .default("true")
    .describe("make the master key file when it is missing and no secret was ever stored"),
  HOLDFAST_AUTH_REPLICAS: z.coerce
    .number()
    .pipe(z.union([z.literal(1), z.literal(3), z.literal(5)], { error: "must be 1, 3 or 5" }))
    .default(1)
    .describe("replicas of the key store, when it is made"),
});
export type AuthConfig = z.output<typeof AuthConfig>;
