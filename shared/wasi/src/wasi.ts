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

/** The version of the WIT files this follows; any 0.2 guest asks for a subset. */
const version = "0.2.12";

/** WASI 0.2 for one instance. */
export function createWasi(options: WasiOptions = {}): Wasi {
  const clocks = createClocks(options.clocks);
  const cli = createCli(options.cli);

  const http = createHttp(options.http);

  const filesystem = createFilesystem(options.filesystem);
  const sockets = createSockets(options.sockets);

  const interfaces: Record<string, object> = {
    "wasi:io/error": { Error: IoError },
    "wasi:io/poll": { Pollable, poll },
    "wasi:io/streams": { InputStream, OutputStream },
    "wasi:clocks/monotonic-clock": clocks.monotonicClock,
    "wasi:clocks/wall-clock": clocks.wallClock,
    "wasi:clocks/timezone": clocks.timezone,
    "wasi:random/random": random.random,
    "wasi:random/insecure": random.insecure,
    "wasi:random/insecure-seed": random.insecureSeed,
    "wasi:cli/environment": cli.environment,
    "wasi:cli/exit": cli.exit,
    "wasi:cli/stdin": cli.stdin,
    "wasi:cli/stdout": cli.stdout,
    "wasi:cli/stderr": cli.stderr,
    "wasi:cli/terminal-input": cli.terminalInput,
    "wasi:cli/terminal-output": cli.terminalOutput,
    "wasi:cli/terminal-stdin": cli.terminalStdin,
    "wasi:cli/terminal-stdout": cli.terminalStdout,
    "wasi:cli/terminal-stderr": cli.terminalStderr,
    "wasi:filesystem/preopens": filesystem.preopens,
    "wasi:filesystem/types": filesystem.types,
    "wasi:sockets/instance-network": sockets.instanceNetwork,
    "wasi:sockets/network": sockets.network,
    "wasi:sockets/ip-name-lookup": sockets.ipNameLookup,
    "wasi:sockets/tcp-create-socket": sockets.tcpCreateSocket,
    "wasi:sockets/tcp": sockets.tcp,
    "wasi:sockets/udp-create-socket": sockets.udpCreateSocket,
    "wasi:sockets/udp": sockets.udp,
    "wasi:http/types": http.types,
    "wasi:http/outgoing-handler": http.outgoingHandler,
  };

  return {
    imports: Object.fromEntries(Object.entries(interfaces).map(([name, it]) => [`${name}@${version}`, it])),
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
