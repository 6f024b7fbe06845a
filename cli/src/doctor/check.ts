/** One thing that `holdfast doctor` looks at. */

export type Finding = {
  readonly name: string;
  /** `warn`: something will not work, the rest will. `skip`: cannot be told now. */
  readonly state: "ok" | "warn" | "fail" | "skip";
  /** What was found. */
  readonly found: string;
  /** The next step; absent when nothing is wrong. */
  readonly next?: string;
};

export const ok = (name: string, found: string): Finding => ({ name, state: "ok", found });
export const skip = (name: string, found: string): Finding => ({ name, state: "skip", found });
export const warn = (name: string, found: string, next: string): Finding => ({ name, state: "warn", found, next });
export const fail = (name: string, found: string, next: string): Finding => ({ name, state: "fail", found, next });
