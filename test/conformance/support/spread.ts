/** One address for several servers: each connection goes to the next one, as behind a load balancer. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export type Spread = AsyncDisposable & { /** `http://127.0.0.1:PORT` */ readonly endpoint: string };

export async function spreadConnections(endpoints: readonly string[]): Promise<Spread> {
  const ports = endpoints.map((endpoint) => Number(new URL(endpoint).port));
  const open = new Set<Socket>();
  let next = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const port = ports[next % ports.length] ?? 0;
    next += 1;
    const upstream = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
    join(client, upstream);
    join(upstream, client);
  });

  /** Bytes, the end and the death of one side reach the other. */
  function join(from: Socket, to: Socket): void {
    open.add(from);
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      open.delete(from);
      if (from.errored !== null || !from.readableEnded) to.destroy();
    });
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port to listen on");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
