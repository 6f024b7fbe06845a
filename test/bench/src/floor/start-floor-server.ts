/** Starts the process of the HTTP floor. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { NatsAccess } from "../rows/row.ts";

export type FloorServer = Disposable & { readonly url: string; readonly pid: number };

/** Rejects with what kept it from listening. */
export async function startFloorServer(nats: NatsAccess): Promise<FloorServer> {
  const script = fileURLToPath(new URL("floor-server.ts", import.meta.url));
  const child = fork(script, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.send(nats);
  const [answer]: { url?: string; problem?: string }[] = await once(child, "message");
  if (answer?.url === undefined) {
    child.kill();
    throw new Error(`the floor's HTTP server did not start: ${answer?.problem}`);
  }
  return { url: answer.url, pid: child.pid ?? 0, [Symbol.dispose]: () => void child.kill() };
}
