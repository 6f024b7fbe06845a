/** Tells a WebAssembly component from everything else by its first eight bytes (https://github.com/WebAssembly/component-model, Binary.md). */
import { CliError } from "../errors.ts";

const magic = [0x00, 0x61, 0x73, 0x6d];

/** Throws CliError that says what the file is instead. `where` names it. */
export function checkComponent(bytes: Uint8Array, where: string): void {
  const kind = kindOf(bytes);
  if (kind === "component") return;
  if (kind === "module") {
    throw new CliError(
      `${where} is a core module, not a component: build it for wasm32-wasip2, or wrap it with \`jco new\``,
    );
  }
  throw new CliError(`${where} is not WebAssembly: it does not begin with \\0asm`);
}

function kindOf(bytes: Uint8Array): "component" | "module" | "other" {
  if (bytes.length < 8 || magic.some((byte, i) => bytes[i] !== byte)) return "other";
  // the version is two bytes of version and two of layer: 0 is a module, 1 a component
  return bytes[6] === 1 && bytes[7] === 0 ? "component" : "module";
}
