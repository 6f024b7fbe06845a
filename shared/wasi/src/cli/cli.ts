import type { ByteSource } from "../io/byte-stream.ts";
import { bytesSource, callSink, emptySource } from "../io/sources.ts";
import { InputStream } from "../io/input-stream.ts";
import { OutputStream } from "../io/output-stream.ts";
import { ComponentExit } from "../component-exit.ts";
import { repeatableMembers } from "../repeatable-members.ts";
import { LineSink } from "./line-sink.ts";
import type { LineLimits } from "./line-sink.ts";

export interface CliOptions {
  /** in the order the guest sees them; default none */
  environment?: Readonly<Record<string, string>>;
  arguments?: readonly string[];
  initialCwd?: string;
  /** what can be read from stdin, anew for every call; default nothing */
  stdin?: Uint8Array;
  /** called with each line that was printed, without its end; default: printed lines go nowhere */
  stdout?: (line: string) => void;
  stderr?: (line: string) => void;
  outputLimits?: LineLimits;
}

const printRoom = 64 * 1024;

/** `wasi:cli`: a process without a terminal. `exit` throws `ComponentExit`. */
export function createCli(options: CliOptions = {}) {
  const ignore = () => undefined;
  const stdout = new LineSink(options.stdout ?? ignore, options.outputLimits);
  const stderr = new LineSink(options.stderr ?? ignore, options.outputLimits);
  const environment = Object.entries(options.environment ?? {});
  const args = options.arguments ?? [];
  // a guest may keep its stdin open from call to call
  let input = emptySource;
  const stdin: ByteSource = {
    read: (max) => input.read(max),
    isReadable: () => input.isReadable(),
    onReadable: (callback) => input.onReadable(callback),
  };

  const reset = () => {
    stdout.reset();
    stderr.reset();
    input = options.stdin === undefined ? emptySource : bytesSource(options.stdin);
  };
  reset();

  return {
    reset,
    environment: repeatableMembers({
      getEnvironment: () => environment,
      getArguments: () => args,
      initialCwd: () => options.initialCwd,
    }),
    exit: repeatableMembers({
      exit: (status: { tag: "ok" | "err" }) => exitWith(status.tag === "ok" ? 0 : 1),
      exitWithCode: exitWith,
    }),
    stdin: { getStdin: () => new InputStream(stdin) },
    stdout: repeatableMembers({
      getStdout: () => new OutputStream(callSink((bytes) => stdout.write(bytes), printRoom)),
    }),
    stderr: repeatableMembers({
      getStderr: () => new OutputStream(callSink((bytes) => stderr.write(bytes), printRoom)),
    }),
    terminalInput: { TerminalInput },
    terminalOutput: { TerminalOutput },
    terminalStdin: repeatableMembers({ getTerminalStdin: () => undefined }),
    terminalStdout: repeatableMembers({ getTerminalStdout: () => undefined }),
    terminalStderr: repeatableMembers({ getTerminalStderr: () => undefined }),
  };
}

function exitWith(code: number): never {
  throw new ComponentExit(code);
}

/** Never handed out: there is no terminal. */
class TerminalInput {
  readonly kind = "terminal-input";
}

class TerminalOutput {
  readonly kind = "terminal-output";
}
