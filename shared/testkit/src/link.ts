/**
 * A TCP link that can go silent: bytes stay where they are, and nobody is told, as when a network drops packets. When it speaks again, what
 * was sent in the meantime arrives, in order, as TCP would send it again.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export type Link = AsyncDisposable & {
  /** Where to connect instead of to the target. */
  readonly port: number;
  silence(): void;
  speak(): void;
};

/** Opens a link to a port of this machine. Connections that are made while it is silent get no byte either. */
export async function openLink(targetPort: number): Promise<Link> {
  const sockets = new Set<Socket>();
  let isSilent = false;
  const server = createServer({ pauseOnConnect: true }, (from) => {
    const to = connect(targetPort, "127.0.0.1");
    const end = () => {
      for (const socket of [from, to]) sockets.delete(socket.destroy());
    };
    for (const socket of [from, to]) sockets.add(socket.setNoDelay(true).on("error", end).on("close", end));
    from.on("data", (bytes) => to.write(bytes));
    to.on("data", (bytes) => from.write(bytes));
    for (const socket of [from, to]) if (isSilent) socket.pause();
    if (!isSilent) from.resume();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    silence() {
      isSilent = true;
      for (const socket of sockets) socket.pause();
    },
    speak() {
      isSilent = false;
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
