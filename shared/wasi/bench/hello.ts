import {
  Attempts,
  type CompiledComponent,
  compileComponent,
  type ComponentInstance,
  instantiate,
} from "@holdfast/component-host";
import { guest } from "@holdfast/guests";
import { createWasi } from "../src/index.ts";

/** How a component serves requests: one instance for all of them, or its first state for each. */
export type Mode = "warm" | "isolated";

/** Answers one request, in process; the status. At once when the guest does not wait, as a host does it. */
export type Serve = (path: string) => number | Promise<number>;

/** The binary of the smallest HTTP guest; each number gives another one, so that V8 shares no code between them. */
export async function helloBytes(number?: number): Promise<Uint8Array> {
  const bytes = Buffer.from(await guest("http-hello"));
  const text = bytes.indexOf("hello from");
  if (number !== undefined && text >= 0) bytes.write(String(number).padStart(5, "0"), text);
  return new Uint8Array(bytes);
}

export async function compileHello(number?: number): Promise<CompiledComponent> {
  return compileComponent(await helloBytes(number), { memoryMaxBytes: 16 * 1024 * 1024 });
}

/** An instance with WASI of its own, ready to serve. */
export function startHello(compiled: CompiledComponent, mode: Mode): { instance: ComponentInstance; serve: Serve } {
  const wasi = createWasi();
  const instance = instantiate(compiled, wasi.imports);
  instance.snapshot();
  const attempts = new Attempts();
  const finish = () => {
    wasi.reset();
    if (mode === "isolated" && !instance.restore()) throw new Error("the instance could not be restored");
  };
  const handle = (path: string) =>
    wasi.handleIncoming(instance.exports, { method: "GET", pathWithQuery: path, headers: [] });
  const later = async (path: string): Promise<number> => {
    const response = await handle(path);
    // the guest answers first and returns later
    await response.done;
    finish();
    return response.status;
  };
  const serve: Serve = (path) => {
    const answered = attempts.run([instance], () => handle(path))?.value;
    if (answered === undefined || answered instanceof Promise) return later(path);
    finish();
    return answered.status;
  };
  return { instance, serve };
}
