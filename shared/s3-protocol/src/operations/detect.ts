/**
 * Which operation a request asks for. Nothing falls through: a request that names a sub-resource is that sub-resource's
 * operation, or an error; it is never the plain verb on the bucket or object.
 */
import { s3Error } from "../errors.ts";
import type { RequestHeaders } from "../requests/headers.ts";
import type { Query } from "../requests/query.ts";
import type { Target } from "../requests/target.ts";
import {
  operationNames,
  operations,
  type OperationDefinition,
  type OperationTarget,
  type S3OperationName,
  type SupportedOperation,
  type UnsetOperation,
} from "./table.ts";
import { isKnownParameter, screenParameters } from "./parameters.ts";

export type OperationRequest = Target & {
  readonly method: string;
  readonly query: Query;
  readonly headers: RequestHeaders;
};

export type ImplementedOperation = SupportedOperation | UnsetOperation;

/** Every query parameter that makes a request another operation than its plain verb. */
export const subresources: ReadonlySet<string> = new Set(
  operationNames.flatMap((name) => operations[name].subresource ?? []),
);

const slot = (target: OperationTarget, subresource: string | undefined) => `${target}?${subresource ?? ""}`;
const byTarget: ReadonlyMap<string, readonly S3OperationName[]> = Map.groupBy(operationNames, (name) =>
  slot(operations[name].target, operations[name].subresource),
);

/**
 * The operation of a request. Throws NotImplemented (naming the operation) for what is not built, MethodNotAllowed for a
 * verb that S3 does not have there, InvalidArgument for conflicting sub-resources and for parameters that an operation
 * cannot take (a `versionId` on a write).
 */
export function detectOperation(request: OperationRequest): ImplementedOperation {
  const name = matchOperation(request);
  const { status } = operations[name];
  if (status.kind === "notImplemented") throw notImplemented(name);
  screenParameters(name, request.query);
  return implemented(name);
}

/** The operation by name, whether it is built or not: for logs and metrics. Throws as `detectOperation` but for NotImplemented. */
export function matchOperation(request: OperationRequest): S3OperationName {
  const subresource = subresourceOf(request.query);
  const target = targetOf(request);
  const candidates = (byTarget.get(slot(target, subresource)) ?? []).filter((name) => fits(operations[name], request));
  const found = candidates.find((name) => operations[name].method === request.method);
  if (found === undefined) throw methodNotAllowed(request.method, target, candidates);
  if (subresource === undefined) screenUnknownParameters(request);
  return found;
}

function targetOf(target: Target): OperationTarget {
  if (target.bucket === undefined) return "service";
  return target.key === undefined ? "bucket" : "object";
}

function subresourceOf(query: Query): string | undefined {
  const named = new Set(query.parameters.map(({ name }) => name).filter((name) => subresources.has(name)));
  const [first, ...others] = [...named];
  if (first === undefined || others.length === 0) return first;
  // AWS, word for word; the order is that of the request.
  throw s3Error("InvalidArgument", {
    message: `Conflicting query string parameters: ${[...named].join(", ")}`,
    fields: { ArgumentName: "ResourceType", ArgumentValue: first },
  });
}

function fits(operation: OperationDefinition, { query, headers }: OperationRequest): boolean {
  const needed = operation.requires ?? [];
  const parameters = needed.every((name) => (name.startsWith("!") ? !query.has(name.slice(1)) : query.has(name)));
  const { header } = operation;
  if (header === undefined) return parameters;
  return parameters && (header.startsWith("!") ? !headers.has(header.slice(1)) : headers.has(header));
}

function methodNotAllowed(method: string, target: OperationTarget, candidates: readonly S3OperationName[]) {
  const allowed = new Set(candidates.map((name) => operations[name].method));
  return s3Error("MethodNotAllowed", {
    fields: { Method: method, ResourceType: target.toUpperCase() },
    headers: { allow: [...allowed].join(", ") },
  });
}

/**
 * A parameter without a value that nobody knows may be a sub-resource of tomorrow's S3. On a read it is ignored, as S3
 * does; on a write, doing the plain verb instead could overwrite or delete an object.
 */
function screenUnknownParameters(request: OperationRequest): void {
  if (request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS") return;
  const unknown = request.query.parameters.find(({ name, value }) => value === "" && !isKnownParameter(name));
  if (unknown === undefined) return;
  throw s3Error("NotImplemented", {
    message: "A query parameter you provided implies functionality that is not implemented",
    fields: { Query: unknown.name },
  });
}

function notImplemented(name: S3OperationName) {
  return s3Error("NotImplemented", { message: `${name} is not implemented`, fields: { Operation: name } });
}

function implemented(name: S3OperationName): ImplementedOperation {
  if (isImplemented(name)) return name;
  throw notImplemented(name);
}

function isImplemented(name: S3OperationName): name is ImplementedOperation {
  return operations[name].status.kind !== "notImplemented";
}
