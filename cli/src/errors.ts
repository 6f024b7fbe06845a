/** Exit codes of the command, documented in the README: 0 done, 1 failed, 2 wrong usage or configuration. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What is told to the user: what went wrong, where, and what to do. Anything else that is thrown is a bug and keeps its stack. */
export class CliError extends Error {
  override readonly name: string = "CliError";
  readonly exitCode: ExitCode;

  constructor(message: string, { exitCode = exitCodes.failed, cause }: { exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** The command line or a setting is wrong. */
export class UsageError extends CliError {
  override readonly name = "UsageError";

  constructor(message: string) {
    super(message, { exitCode: exitCodes.usage });
  }
}

/** One line for people, of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
