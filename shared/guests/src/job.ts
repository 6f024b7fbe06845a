import type { GuestSource } from "./source.ts";

/** What the worker process is asked to make, and where to put it. */
export type Job =
  | { readonly make: "component"; readonly label: string; readonly source: GuestSource; readonly path: string }
  | ({
      readonly make: "javascript";
      readonly label: string;
      readonly component: string;
      readonly path: string;
    } & TranspileOptions);

export type TranspileOptions = {
  /** Imports that may suspend, as jco's `asyncImports` names them (`wasi:io/poll@0.2.6#poll`): needs JSPI. */
  readonly asyncImports?: readonly string[];
  /** Exports that return a promise because they can reach such an import. */
  readonly asyncExports?: readonly string[];
};

export type JobOutcome = { readonly path: string; readonly error?: string };
