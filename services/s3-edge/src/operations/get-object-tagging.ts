import { renderTagging } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { findObject } from "../find-object.ts";

export const getObjectTagging = onObject(async (context) => {
  const { object } = await findObject(context);
  return { status: 200, body: renderTagging(object.tags) };
});
