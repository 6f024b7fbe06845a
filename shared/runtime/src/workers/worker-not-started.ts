/** A worker could not start: its own lines say why. */
export class WorkerNotStarted extends Error {
  override readonly name = "WorkerNotStarted";
  readonly exitCode: number;

  constructor({ code, signal }: { code: number | null; signal: string | null }) {
    super(`a worker process ended with ${signal ?? `code ${code}`} before it was ready`);
    this.exitCode = code ?? 1;
  }
}
