/** The answer to every request that failed. */
import type { S3Error } from "../errors.ts";
import { element, optionalElement, textElement, withDeclaration } from "./write.ts";

export type ErrorContext = {
  readonly requestId: string;
  readonly hostId: string;
  /** The path of the bucket or object, as the client named it. */
  readonly resource?: string;
};

/** S3's error document: Code, Message, the error's own fields, Resource, RequestId, HostId. */
export function renderError(error: S3Error, context: ErrorContext): string {
  const resource = error.fields["Resource"] ?? context.resource;
  const fields = Object.entries(error.fields).filter(([name]) => name !== "Resource");
  return withDeclaration(
    element("Error", [
      textElement("Code", error.code),
      textElement("Message", readable(error.message)),
      ...fields.map(([name, value]) => textElement(name, readable(value))),
      optionalElement("Resource", resource === undefined ? undefined : readable(resource)),
      textElement("RequestId", context.requestId),
      textElement("HostId", context.hostId),
    ]),
  );
}

/**
 * Text with U+FFFD for what XML 1.0 cannot carry. Unlike in listings, where a key has to come back exactly, here it is only
 * there to be read, and a client that cannot parse the document would not even learn the code.
 */
function readable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
}
