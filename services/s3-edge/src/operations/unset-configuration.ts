import { renderUnset, type UnsetOperation } from "@holdfast/s3-protocol";
import { type Operation, onBucket, onObject } from "../context.ts";
import { findObject } from "../find-object.ts";

/** Reading a configuration that nobody can have set: what S3 answers for an unset one. */
export function unsetConfiguration(operation: UnsetOperation, on: "bucket" | "object"): Operation {
  if (on === "bucket") {
    return onBucket(async ({ bucket }) => ({ status: 200, body: renderUnset(operation, { bucket: bucket.name }) }));
  }
  return onObject(async (context) => {
    const { bucket, key } = context;
    // Only to say NoSuchKey where there is none.
    await findObject(context);
    return { status: 200, body: renderUnset(operation, { bucket: bucket.name, key }) };
  });
}
