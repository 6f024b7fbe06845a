import type { Checksum } from "@holdfast/contracts";
import {
  bodyLimits,
  defaultChecksumType,
  encodeUrl,
  parseChecksumType,
  parseCompleteMultipartUpload,
  parseExpectedObjectSize,
  parseObjectChecksum,
  parseUploadId,
  parseWriteConditions,
  renderCompleteMultipartUpload,
  type RequestHeaders,
} from "@holdfast/s3-protocol";
import { type ObjectContext, onObject } from "../context.ts";
import { readXml } from "../receive-body.ts";
import { answerSlowly } from "../slow-answer.ts";
import { ofUpload } from "../upload.ts";

/** The whole object's checksum as the client has it; its type is said, or shown by `-<parts>`, or the algorithm's own. */
function expectedChecksum(headers: RequestHeaders): Checksum | undefined {
  const given = parseObjectChecksum(headers);
  if (!given) return undefined;
  const shown = given.value.includes("-") ? "COMPOSITE" : defaultChecksumType(given.algorithm);
  return { ...given, type: parseChecksumType(headers) ?? shown };
}

function locationOf({ exchange, headers, bucket, key, edge }: ObjectContext): string {
  const scheme = edge.config.HOLDFAST_TLS_CERT ? "https" : "http";
  const host = headers.get("host") ?? exchange.request.socket.localAddress ?? "";
  return `${scheme}://${host}/${bucket.name}/${encodeUrl(key)}`;
}

export const completeMultipartUpload = onObject(async (context) => {
  const { edge, bucket, key, headers, query } = context;
  const uploadId = parseUploadId(query);
  const asked = {
    conditions: parseWriteConditions(headers),
    checksum: expectedChecksum(headers),
    objectSize: parseExpectedObjectSize(headers),
    parts: parseCompleteMultipartUpload(await readXml(context, bodyLimits.CompleteMultipartUpload)),
  };
  const complete = async (): Promise<string> => {
    const { etag, checksum } = await edge.multipart.CompleteMultipartUpload({
      ...ofUpload(context, uploadId),
      ...asked,
    });
    return renderCompleteMultipartUpload({ location: locationOf(context), bucket: bucket.name, key, etag, checksum });
  };
  return answerSlowly(edge, context.exchange, complete());
});
