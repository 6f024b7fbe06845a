/** Answers about a bucket's (or object's) configuration, most of which nobody can set yet. */
import { s3Error } from "../errors.ts";
import { operations, type UnsetDocument, type UnsetOperation } from "../operations/table.ts";
import { ownerElement, type Owner } from "./shared.ts";
import { document, element, textElement, type Xml } from "./write.ts";

/** GetBucketLocation: empty for us-east-1, as S3 has it. */
export function renderLocation(region: string): string {
  return document("LocationConstraint", [region === "us-east-1" ? { xml: "" } : rawText(region)]);
}

/** GetBucketAcl and GetObjectAcl: the owner has FULL_CONTROL, nobody else has a grant. */
export function renderAcl(owner: Owner): string {
  const grantee = element(
    "Grantee",
    [textElement("ID", owner.id), textElement("DisplayName", owner.displayName)],
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"',
  );
  return document("AccessControlPolicy", [
    ownerElement("Owner", owner),
    element("AccessControlList", [element("Grant", [grantee, textElement("Permission", "FULL_CONTROL")])]),
  ]);
}

const notTruncated = [textElement("IsTruncated", false)];
const unsetDocuments: Readonly<Record<UnsetDocument, readonly Xml[]>> = {
  AccelerateConfiguration: [],
  BucketLoggingStatus: [],
  ListBucketAnalyticsConfigurationsResult: notTruncated,
  ListBucketIntelligentTieringConfigurationsResult: notTruncated,
  ListInventoryConfigurationsResult: notTruncated,
  ListMetricsConfigurationsResult: notTruncated,
  NotificationConfiguration: [],
  RequestPaymentConfiguration: [textElement("Payer", "BucketOwner")],
  VersioningConfiguration: [],
};

/**
 * What S3 answers for a configuration that was never set: the XML of a 200, or its error thrown. To be called once the
 * bucket (and the object) are known to exist and the caller may see them.
 */
export function renderUnset(operation: UnsetOperation, target: { bucket: string; key?: string }): string {
  const { status } = operations[operation];
  if (status.kind !== "answersUnset") throw new TypeError(`${operation} does not answer for an unset configuration`);
  const { answer } = status;
  if ("document" in answer) return document(answer.document, unsetDocuments[answer.document]);
  const fields = target.key === undefined ? { BucketName: target.bucket } : { Key: target.key };
  throw s3Error(answer.error, { fields });
}

function rawText(value: string): Xml {
  const { xml } = textElement("x", value);
  return { xml: xml.slice("<x>".length, -"</x>".length) };
}
