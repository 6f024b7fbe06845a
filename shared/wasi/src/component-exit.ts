/** The guest called `wasi:cli/exit`. Not a fault: unwinds the guest and says with which status. */
export class ComponentExit extends Error {
  override readonly name = "ComponentExit";
  /** 0 is success */
  readonly code: number;

  constructor(code: number) {
    super(`the component exited with status ${code}`);
    this.code = code;
  }
}
