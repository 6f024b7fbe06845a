/** What main thread and worker call of each other, by name. */
import type { WireBody } from "../channel/wire-body.ts";
import type { LogEntry } from "../bindings.ts";
import type {
  HeaderList,
  HttpRequestHead,
  LinkRequest,
  LoadedComponent,
  OutgoingRequest,
} from "../workloads/isolate.ts";

/** main -> worker */
export type LoadInput = {
  readonly components: readonly LoadedComponent[];
  /** MiB that all instances together may hold before calls have to wait. */
  readonly memoryMaxMb: number;
  /** Networks that no socket reaches. */
  readonly deniedNetworks: readonly string[];
};
export type LinkInput = LinkRequest;
export type CallInput = {
  readonly component: string;
  readonly interfaceName: string;
  readonly functionName: string;
  readonly args: readonly unknown[];
};
export type HttpInput = {
  /** Names the request in the `head` that answers it. */
  readonly request: number;
  readonly component: string;
  readonly head: HttpRequestHead;
  readonly body: WireBody;
  /** Trailers come behind the body: worth waiting for. */
  readonly hasTrailers: boolean;
};

/** worker -> main */
export type HeadEvent = {
  readonly request: number;
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: WireBody;
};
export type LogEvent = { readonly component: string; readonly entry: LogEntry };
export type BackendInput = {
  readonly plugin: string;
  readonly component: string;
  readonly operation: string;
  readonly args: readonly unknown[];
};
export type OutgoingInput = Omit<OutgoingRequest, "body" | "trailers"> & {
  readonly component: string;
  readonly body: WireBody;
};
export type OutgoingOutput = {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: WireBody;
  readonly hasTrailers: boolean;
};

/** Codes of failures on the channel that are not calls' own. */
export const failureCode = { interface: "interface", trapped: "trapped", refused: "refused" } as const;
