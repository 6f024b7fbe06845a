#!/usr/bin/env node
/** The `holdfast` command. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// before all else is loaded: what the first start compiled (and stripped of its types) later ones take from there; a third of their time
const cache = process.env["HOLDFAST_CACHE_DIR"] || fileURLToPath(new URL("../../.cache", import.meta.url));
enableCompileCache(join(cache, "compiled"));
const { runCli } = await import("./cli.ts");

// who read what is printed has had enough, as `head` does: an end like any other signal's, in order where there is something to stop
let isUnread = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (!isUnread) process.kill(process.pid, "SIGTERM");
    isUnread = true;
  });
}

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  stdin: process.stdin,
});
