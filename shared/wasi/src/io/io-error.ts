import { repeatableClass } from "../repeatable-members.ts";

/** `wasi:io/error`: what a failed stream says of its failure. Other interfaces extend it with their own error code. */
export class IoError {
  readonly #message: string;

  constructor(message: string) {
    this.#message = message;
  }

  /** For a person to read; carries nothing of the host. */
  toDebugString(): string {
    return this.#message;
  }

  static {
    repeatableClass(this);
  }
}
