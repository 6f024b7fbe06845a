import { attempt, compileComponent, instantiate } from "@holdfast/component-host";
import { guest } from "@holdfast/guests";
import type { GuestName } from "@holdfast/guests";
import { createWasi } from "../src/index.ts";
import type { HttpRequest, WasiOptions } from "../src/index.ts";
import { collect } from "../src/http/testing.ts";

/** A guest linked to WASI, and how the host calls it. */
export async function linked(name: GuestName, options: WasiOptions = {}, more: Record<string, object> = {}) {
  const compiled = await compileComponent(await guest(name));
  const wasi = createWasi(options);
  const instance = instantiate(compiled, { ...wasi.imports, ...more });
  instance.snapshot();

  const handle = (path: string, request: Partial<HttpRequest>) =>
    wasi.handleIncoming(instance.exports, { method: "GET", pathWithQuery: path, headers: [], ...request });

  /** One request; the instance is as new after it. */
  const call = async (path: string, request: Partial<HttpRequest> = {}) => {
    const { status, headers, body, done } = await handle(path, request);
    const answer = { status, headers, body: await collect(body) };
    await done;
    const isAsNew = instance.restore();
    wasi.reset();
    return { ...answer, isAsNew };
  };

  /** One request that is not waited for: undefined when it would have to be. */
  const tried = (path: string, request: Partial<HttpRequest> = {}) => {
    const answered = attempt([instance], () => handle(path, request))?.value;
    wasi.reset();
    const isAsNew = instance.restore();
    if (answered === undefined || answered instanceof Promise) return undefined;
    const { status, headers, body } = answered;
    return { status, headers, body: body instanceof Uint8Array ? Buffer.from(body).toString() : "not whole", isAsNew };
  };
  return { wasi, instance, call, tried };
}
