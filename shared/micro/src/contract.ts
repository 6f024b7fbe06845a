/**
 * What a service can be asked, declared once. From one contract come the handlers' types, the validation on arrival, the
 * typed client, the JSON Schemas that `nats micro info` prints, the retry rule and the page in docs.
 * Pure: zod and types only, so a contract can be imported anywhere.
 */
import type { z } from "zod";

/** An error that an endpoint declares: the HTTP-like status on the wire, and whether the same call may be sent again. */
export type ErrorDeclaration = { readonly status: number; readonly retryable?: boolean };

/**
 * Where raw bytes ride beside the JSON. Bytes are never put inside JSON: with a raw body, the JSON part travels in the
 * `Holdfast-Input` (request) or `Holdfast-Output` (response) header and the bytes are the NATS body.
 */
export type RawBody = "none" | "request" | "response" | "both";

export type EndpointContract = {
  readonly summary: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly errors: Readonly<Record<string, ErrorDeclaration>>;
  /** True when sending the same call twice leaves the same state as once: the client may retry it on any instance. */
  readonly idempotent: boolean;
  readonly rawBody: RawBody;
  /** How long a caller waits unless it says otherwise. Milliseconds. */
  readonly timeoutMs: number;
};

export type ServiceContract = {
  /** The service's folder name, as `nats micro list` shows it. */
  readonly name: string;
  /** Semantic version of the contract. */
  readonly version: string;
  readonly description: string;
  /** The subject prefix, with the major version: `multipart.v1`. An endpoint answers on `<subject>.<Operation>`. */
  readonly subject: string;
  readonly endpoints: Readonly<Record<string, EndpointContract>>;
};

type EndpointDeclaration<I extends z.ZodType, O extends z.ZodType, E, B extends RawBody> = {
  summary: string;
  input: I;
  output: O;
  errors?: E;
  idempotent: boolean;
  rawBody?: B;
  timeoutMs?: number;
};

/** Declares one endpoint. `idempotent` has no default on purpose: each author decides. */
export function endpoint<
  const I extends z.ZodType,
  const O extends z.ZodType,
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- an endpoint without errors declares no code at all
  const E extends Readonly<Record<string, ErrorDeclaration>> = Record<never, never>,
  const B extends RawBody = "none",
>(declaration: EndpointDeclaration<I, O, E, B>) {
  return {
    timeoutMs: 5_000,
    ...declaration,
    errors: declaration.errors ?? ({} as E),
    rawBody: declaration.rawBody ?? ("none" as B),
  };
}

/** Declares one service. */
export function service<const C extends ServiceContract>(contract: C): C {
  return contract;
}

/** What stands before `.<Operation>` in the subjects of a contract, or of one instance of it. Throws for a token that is none. */
export function subjectPrefix(contract: ServiceContract, instance: string | undefined): string {
  if (instance === undefined) return contract.subject;
  if (!/^[\w-]+$/.test(instance)) throw new TypeError(`${JSON.stringify(instance)} is no token of a subject`);
  return `${contract.subject}.${instance}`;
}

export type Endpoints<C extends ServiceContract> = C["endpoints"];
export type Input<E extends EndpointContract> = z.output<E["input"]>;
export type InputOf<E extends EndpointContract> = z.input<E["input"]>;
export type Output<E extends EndpointContract> = z.output<E["output"]>;
export type ErrorCode<E extends EndpointContract> = Extract<keyof E["errors"], string>;

/** What a handler returns and a client call resolves to: the output, with the raw bytes beside it where declared. */
export type Reply<E extends EndpointContract> = E["rawBody"] extends "response" | "both"
  ? { readonly output: Output<E>; readonly body: Uint8Array }
  : Output<E>;

/** What a handler knows of the call it answers, besides its input. */
export type Call = {
  /** The raw bytes of the request; empty unless the endpoint declares a request body. */
  readonly body: Uint8Array;
  /** Aborted when the caller's deadline passes or the process stops. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting. Milliseconds since the epoch. */
  readonly deadline: number;
  /** The S3 request (or CLI command) that caused this call; rides in the `Holdfast-Request-Id` header. */
  readonly requestId: string;
};

/** One handler per endpoint: a missing or misspelt one does not compile. */
export type Handlers<C extends ServiceContract> = {
  readonly [Op in keyof Endpoints<C>]: (input: Input<Endpoints<C>[Op]>, call: Call) => Promise<Reply<Endpoints<C>[Op]>>;
};

export type CallOptions = {
  /** Raw bytes of the request, for endpoints that declare them. */
  body?: Uint8Array;
  signal?: AbortSignal;
  /** Overrides the endpoint's `timeoutMs`. */
  timeoutMs?: number;
  /** Not to be waited for longer than this: a handler passes its own `call.deadline` on. Milliseconds since the epoch. */
  deadline?: number;
  /** That of the call being handled unless given. */
  requestId?: string;
};

/** The typed client of a contract. Calls reject with `MeshError`. */
export type Client<C extends ServiceContract> = {
  readonly [Op in keyof Endpoints<C>]: (
    input: InputOf<Endpoints<C>[Op]>,
    options?: CallOptions,
  ) => Promise<Reply<Endpoints<C>[Op]>>;
};
