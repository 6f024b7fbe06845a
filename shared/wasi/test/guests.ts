import { compileComponent, instantiate } from "@holdfast/component-host";
import { guest } from "@holdfast/guests";
import type { GuestName } from "@holdfast/guests";
import { createWasi } from "../src/index.ts";
import type { HttpRequest, WasiOptions } from "../src/index.ts";
import { collect } from "../src/http/testing.ts";

/** A guest linked to WASI, and how the host calls it. */
export async function linked(name: GuestName, options: WasiOptions = {}) {
  const compiled = await compileComponent(await guest(name));
  const wasi = createWasi(options);
  const instance = instantiate(compiled, wasi.imports);
  instance.snapshot();

  /** One request; the instance is as new after it. */
  const call = async (path: string, request: Partial<HttpRequest> = {}) => {
    const { status, headers, body, done } = await wasi.handleIncoming(instance.exports, {
      method: "GET",
      pathWithQuery: path,
      headers: [],
      ...request,
    });
    const answer = { status, headers, body: await collect(body) };
    await done;
    const isAsNew = instance.restore();
    wasi.reset();
    return { ...answer, isAsNew };
  };
  return { wasi, instance, call };
}
