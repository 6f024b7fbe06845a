import type { StoredObject } from "@holdfast/contracts";
import {
  formatHttpDate,
  type ObjectAttributesRequest,
  parseObjectAttributes,
  renderGetObjectAttributes,
} from "@holdfast/s3-protocol";
import { type ObjectContext, onObject } from "../context.ts";
import { findObject } from "../find-object.ts";
import { partsOf } from "../object-parts.ts";

export const getObjectAttributes = onObject(async (context) => {
  const asked = parseObjectAttributes(context.headers);
  const { object } = await findObject(context);
  const objectParts = asked.attributes.has("ObjectParts") ? await partsPage(context, object, asked) : undefined;
  const { attributes } = asked;
  const { etag, size, storageClass, checksum } = object;
  return {
    status: 200,
    headers: [["last-modified", formatHttpDate(object.lastModified)]],
    body: renderGetObjectAttributes({ attributes, etag, size, storageClass, checksum, objectParts }),
  };
});

async function partsPage(
  { edge, bucket }: ObjectContext,
  object: StoredObject,
  { maxParts, partNumberMarker }: ObjectAttributesRequest,
) {
  const all = await partsOf(edge, bucket.name, object);
  if (all.length === 0) return undefined;
  const { algorithm } = object.checksum ?? {};
  const rest = all.filter(({ partNumber }) => partNumber > partNumberMarker);
  const page = rest.slice(0, maxParts);
  return {
    totalPartsCount: all.length,
    partNumberMarker,
    nextPartNumberMarker: page.at(-1)?.partNumber ?? 0,
    maxParts,
    isTruncated: rest.length > page.length,
    // S3 lists the parts only where they have checksums.
    parts: page
      .filter(({ checksum }) => checksum !== undefined)
      .map(({ partNumber, size, checksum }) => ({
        partNumber,
        size,
        checksum: algorithm && checksum !== undefined ? { algorithm, value: checksum } : undefined,
      })),
  };
}
