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
  const fields = Object.entries(error.fields).filter(([name]) => name !== "Resource");
  return withDeclaration(
    element("Error", [
      textElement("Code", error.code),
      textElement("Message", error.message),
      ...fields.map(([name, value]) => textElement(name, value)),
      optionalElement("Resource", error.fields["Resource"] ?? context.resource),
      textElement("RequestId", context.requestId),
      textElement("HostId", context.hostId),
    ]),
  );
}
