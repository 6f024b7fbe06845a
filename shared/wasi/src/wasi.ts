import { createCli } from "./cli/cli.ts";
import type { CliOptions } from "./cli/cli.ts";
import { createClocks } from "./clocks/clocks.ts";
import type { ClockOptions } from "./clocks/clocks.ts";
import { createFilesystem } from "./filesystem/filesystem.ts";
import type { FilesystemOptions } from "./filesystem/filesystem.ts";
import { createHttp } from "./http/http.ts";
import type { HttpOptions } from "./http/http.ts";
import type { HttpRequest, HttpResponse } from "./http/message.ts";
import { InputStream } from "./io/input-stream.ts";
import { IoError } from "./io/io-error.ts";
import { OutputStream } from "./io/output-stream.ts";
import { Pollable, poll } from "./io/poll.ts";
import { createSockets } from "./sockets/sockets.ts";
import type { SocketOptions } from "./sockets/sockets.ts";
import { random } from "./random/random.ts";

/** What one instance is given. Everything absent is absent for the guest too: nothing comes from the host by itself. */
export interface WasiOptions {
  cli?: CliOptions;
  clocks?: ClockOptions;
  http?: HttpOptions;
  filesystem?: FilesystemOptions;
  sockets?: SocketOptions;
}

/** WASI of one instance. */
export interface Wasi {
  /** interface name with version -> its functions and classes */
  imports: Record<string, object>;
  /**
   * Calls the `wasi:http/incoming-handler` of the instance with these exports. Answers at once when the guest did before
   * it waited for anything. Throws or rejects with `HttpFailure` when the guest answered with an error code or not at all, and with what
   * it threw when it trapped.
   */
  handleIncoming(
    exports: Readonly<Record<string, unknown>>,
    request: HttpRequest,
  ): HttpResponse | Promise<HttpResponse>;
  /**
   * After a call, before the instance is used again or discarded: closes what the guest left open and ends its lines. The
   * next call finds nothing of this one.
   */
  reset(): void;
}

/** WASI 0.2 for one instance. */
export function createWasi(options: WasiOptions = {}): Wasi {
  const clocks = createClocks(options.clocks);
  const cli = createCli(options.cli);

  const http = createHttp(options.http);

  const filesystem = createFilesystem(options.filesystem);
  const sockets = createSockets(options.sockets);

  // the version of the WIT files that this follows; any guest of 0.2 asks for a part of it
  const imports: Record<string, object> = {
    "wasi:io/error@0.2.12": { Error: IoError },
    "wasi:io/poll@0.2.12": { Pollable, poll },
    "wasi:io/streams@0.2.12": { InputStream, OutputStream },
    "wasi:clocks/monotonic-clock@0.2.12": clocks.monotonicClock,
    "wasi:clocks/wall-clock@0.2.12": clocks.wallClock,
    "wasi:clocks/timezone@0.2.12": clocks.timezone,
    "wasi:random/random@0.2.12": random.random,
    "wasi:random/insecure@0.2.12": random.insecure,
    "wasi:random/insecure-seed@0.2.12": random.insecureSeed,
    "wasi:cli/environment@0.2.12": cli.environment,
    "wasi:cli/exit@0.2.12": cli.exit,
    "wasi:cli/stdin@0.2.12": cli.stdin,
    "wasi:cli/stdout@0.2.12": cli.stdout,
    "wasi:cli/stderr@0.2.12": cli.stderr,
    "wasi:cli/terminal-input@0.2.12": cli.terminalInput,
    "wasi:cli/terminal-output@0.2.12": cli.terminalOutput,
    "wasi:cli/terminal-stdin@0.2.12": cli.terminalStdin,
    "wasi:cli/terminal-stdout@0.2.12": cli.terminalStdout,
    "wasi:cli/terminal-stderr@0.2.12": cli.terminalStderr,
    "wasi:filesystem/preopens@0.2.12": filesystem.preopens,
    "wasi:filesystem/types@0.2.12": filesystem.types,
    "wasi:sockets/instance-network@0.2.12": sockets.instanceNetwork,
    "wasi:sockets/network@0.2.12": sockets.network,
    "wasi:sockets/ip-name-lookup@0.2.12": sockets.ipNameLookup,
    "wasi:sockets/tcp-create-socket@0.2.12": sockets.tcpCreateSocket,
    "wasi:sockets/tcp@0.2.12": sockets.tcp,
    "wasi:sockets/udp-create-socket@0.2.12": sockets.udpCreateSocket,
    "wasi:sockets/udp@0.2.12": sockets.udp,
    "wasi:http/types@0.2.12": http.types,
    "wasi:http/outgoing-handler@0.2.12": http.outgoingHandler,
  };

  return {
    imports,
    handleIncoming: (exports, request) => http.incomingHandler.handle(exports, request),
    reset: () => {
      clocks.timers.clear();
      cli.reset();
      filesystem.reset();
      sockets.reset();
      http.reset();
    },
  };
}
