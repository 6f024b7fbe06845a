/** `holdfast down`: the other end of `holdfast up`, from any terminal. */
import type { Command } from "../command.ts";
import { CliError } from "../errors.ts";
import { homeOf } from "../home.ts";
import { stopRunning } from "../up/run-file.ts";

const defaultSeconds = 60;

export const downCommand: Command = {
  name: "down",
  summary: "stop the mesh that runs on a data folder; the data stays",
  details:
    "Ends what `holdfast up` started, in order, and waits for its end; ends also what a killed start left behind.\n" +
    "Exits with 0 when nothing runs there.",
  options: {
    timeout: { value: "SECONDS", help: `how long to wait for its end (default ${defaultSeconds})` },
  },
  examples: ["holdfast down", "holdfast down --home /var/lib/holdfast"],
  async run(context) {
    const { options, output } = context;
    const home = homeOf(context);
    const seconds = options.integer("timeout", { min: 1, max: 3_600 }) ?? defaultSeconds;
    const tell = (line: string) => output.progress(line);
    const stopped = await stopRunning(home, { timeoutMs: seconds * 1_000, tell });
    if (stopped === "timeout") {
      throw new CliError(
        `holdfast up on ${home.path} did not end within ${seconds} s; it goes on stopping: see ${home.logFolder}, or give it more time with --timeout`,
      );
    }
    output.result(
      { home: home.path, stopped: stopped === "stopped" },
      stopped === "stopped" ? "stopped; the data stays" : `nothing runs on ${home.path}`,
    );
  },
};
