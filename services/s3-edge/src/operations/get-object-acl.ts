import { renderAcl } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";
import { findObject } from "../find-object.ts";

export const getObjectAcl = onObject(async (context) => {
  // Only to say NoSuchKey where there is none.
  await findObject(context);
  return { status: 200, body: renderAcl(ownerOf(context.bucket.owner)) };
});
