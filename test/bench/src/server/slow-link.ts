/**
 * A TCP proxy in front of nats-server that can hold back what the server sends. Spans start at whole milliseconds, which is longer than
 * a round trip takes on one machine; over a slow link it shows clearly which round trips overlap and which follow each other.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export type SlowLink = AsyncDisposable & {
  readonly url: string;
  /** How long everything from the server is held back from now on, milliseconds; 0 at first. */
  delayMs: number;
};

export async function startSlowLink(natsPort: number): Promise<SlowLink> {
  const sockets = new Set<Socket>();
  const server = createServer((fromClient) => {
    const toServer = connect(natsPort, "127.0.0.1");
    const end = () => {
      for (const socket of [fromClient, toServer]) {
        socket.destroy();
        sockets.delete(socket);
      }
    };
    for (const socket of [fromClient, toServer]) sockets.add(socket.setNoDelay(true).on("error", end).on("close", end));
    fromClient.pipe(toServer);
    toServer.on("data", (bytes) => {
      if (link.delayMs === 0) fromClient.write(bytes);
      // timers of one length fire in the order in which they were set
      else setTimeout(() => fromClient.write(bytes), link.delayMs);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const link: SlowLink = {
    url: `nats://127.0.0.1:${port}`,
    delayMs: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return link;
}
