/** Where a problem sits in a component's binary. */
export interface BinaryPosition {
  /** Bytes from the start of the outermost component. */
  readonly offset: number;
  /** What was being read, in the words of the component model: `type section`, `canon lift`. */
  readonly section: string;
}

/** The bytes are no valid component. The message ends with the section and the offset. */
export class MalformedComponent extends Error {
  override readonly name = "MalformedComponent";
  readonly offset: number;
  readonly section: string;

  constructor(message: string, position: BinaryPosition) {
    super(`${message} (in ${position.section}, at offset 0x${position.offset.toString(16)})`);
    this.offset = position.offset;
    this.section = position.section;
  }
}

/** A valid component that uses what this host does not offer (the asynchronous ABI, shared memories), or more than a limit allows. */
export class UnsupportedComponent extends Error {
  override readonly name = "UnsupportedComponent";
}

/** A component and what it was given do not fit together: an import is missing, or has another shape. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

/** The guest broke a rule or ran into one of WebAssembly's own traps. Its instance can not be used any more. */
export class Trap extends Error {
  override readonly name = "Trap";
}

/** The `err` of a WIT `result` that a function returned; host functions throw it to answer with an error. */
export class ComponentError extends Error {
  override readonly name = "ComponentError";
  /** The value of the `err` case, in the shape of its WIT type. */
  readonly payload: unknown;

  constructor(payload: unknown, message = `the component answered with an error${describe(payload)}`) {
    super(message);
    this.payload = payload;
  }
}

function describe(payload: unknown): string {
  if (typeof payload === "string") return `: ${payload}`;
  const tag: unknown = typeof payload === "object" && payload !== null ? Reflect.get(payload, "tag") : undefined;
  return typeof tag === "string" ? `: ${tag}` : "";
}
