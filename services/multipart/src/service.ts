/** multipart: uploads in progress. Composes the endpoints over the store of uploads. */
import type { multipart } from "@holdfast/contracts";
import type { Handlers } from "@holdfast/micro/contract";
import { abort } from "./abort.ts";
import { complete } from "./completion.ts";
import { createMultipartUpload } from "./endpoints/create-multipart-upload.ts";
import { describeUpload } from "./endpoints/describe-upload.ts";
import { listParts } from "./endpoints/list-parts.ts";
import { listLiveUploads, listMultipartUploads } from "./endpoints/list-uploads.ts";
import { uploadPart } from "./endpoints/upload-part.ts";
import type { MultipartParts } from "./parts.ts";

/** The handlers of the multipart contract. Any number of instances work over one store. */
export function createMultipart(parts: MultipartParts): Handlers<typeof multipart> {
  return {
    CreateMultipartUpload: createMultipartUpload(parts),
    DescribeUpload: describeUpload(parts),
    UploadPart: uploadPart(parts),
    ListParts: listParts(parts),
    ListMultipartUploads: listMultipartUploads(parts),
    ListLiveUploads: listLiveUploads(parts),
    CompleteMultipartUpload: (input, call) => complete(parts, input, call),
    AbortMultipartUpload: async (input, { signal }) => {
      await abort(parts, input, signal);
      return {};
    },
  };
}
