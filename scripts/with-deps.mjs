// Runs a script of this repository with Node 24 after installing what is missing: node scripts/with-deps.mjs SCRIPT [ARGUMENT...]
// This is the first thing that runs on a fresh checkout, so it needs nothing but Node >= 20: no dependencies, no TypeScript.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stampFile = join(modules, ".holdfast-dependencies");
const oldestNode = 20;
const neededNode = 24;

const [script, ...args] = process.argv.slice(2);
if (script === undefined) stop("no script was given", "use: node scripts/with-deps.mjs SCRIPT [ARGUMENT...]");
if (majorOf(process.versions.node) < oldestNode) {
  stop(
    `Node ${process.versions.node} is too old`,
    `install Node ${oldestNode} or newer (https://nodejs.org), then try again`,
  );
}
await installWhatIsMissing();
run(nodeToUse(), [resolve(root, script), ...args]);

/** One plain message: what, and what to do. */
function stop(what, whatToDo) {
  console.error(`holdfast: ${what}; ${whatToDo}`);
  process.exit(1);
}

function majorOf(version) {
  return Number(version.replace(/^v/, "").split(".")[0]);
}

async function installWhatIsMissing() {
  const wanted = wantedHash();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;
  if (!isInstalled()) await install();
  writeFileSync(stampFile, wanted);
}

/** Changes when the lock file or any package.json of the workspace does. */
function wantedHash() {
  const hash = createHash("sha256");
  const folders = ["services", "shared", "test"].flatMap((parent) => subfolders(parent));
  for (const folder of ["", "cli", ...folders]) {
    const file = join(root, folder, "package.json");
    if (existsSync(file)) hash.update(`${folder}\0`).update(readFileSync(file));
  }
  return hash.update(readFileSync(join(root, "package-lock.json"))).digest("hex");
}

function subfolders(parent) {
  if (!existsSync(join(root, parent))) return [];
  const entries = readdirSync(join(root, parent), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name));
}

/** True when somebody ran `npm install` or `npm ci` by hand and nothing has changed since. */
function isInstalled() {
  const hidden = join(modules, ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const { packages: installed } = JSON.parse(readFileSync(hidden, "utf8"));
  const { packages: locked } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return Object.entries(locked).every(([path, { version, link, optional, devOptional }]) => {
    if (!path.startsWith("node_modules/")) return true;
    if (link) return existsSync(join(root, path, "package.json"));
    // optional packages are mostly the binaries of other platforms
    return installed[path] === undefined ? Boolean(optional || devOptional) : installed[path].version === version;
  });
}

async function install() {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const progress = (text, end = "\n") =>
    process.stderr.write(`${process.stderr.isTTY ? "\r" : ""}holdfast: ${text}${end}`);
  const live = process.stderr.isTTY
    ? setInterval(() => progress(`installing packages (npm ci) ${seconds()}`, ""), 500)
    : undefined;
  progress("installing packages (npm ci)", process.stderr.isTTY ? "" : "\n");

  const { code, output } = await npmCi();
  clearInterval(live);
  if (code === 0) {
    progress(`installed packages in ${seconds()}   `);
    return;
  }
  progress(`npm ci failed after ${seconds()}:`);
  console.error(
    output
      .trimEnd()
      .split("\n")
      .slice(-12)
      .map((line) => `  ${line}`)
      .join("\n"),
  );
  stop(
    "the packages could not be installed",
    "check the network and the registry (npm config get registry), then try again",
  );
}

function npmCi() {
  // a Node that is too old for one of the packages (npm warns) only runs this script; the packages run with Node 24
  const npm = spawn("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  let output = "";
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return new Promise((settle) => {
    npm.once("error", (error) => settle({ code: 1, output: `npm cannot be run: ${error.message}` }));
    npm.once("close", (code) => settle({ code, output }));
  });
}

/** Node 24 from the npm package `node`, else the one that runs this, if it is new enough. */
function nodeToUse() {
  const packaged = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  const answer = spawnSync(packaged, ["--version"], { encoding: "utf8" });
  if (answer.status === 0 && majorOf(answer.stdout.trim()) >= neededNode) return packaged;
  if (majorOf(process.versions.node) >= neededNode) return process.execPath;
  const why = answer.error?.message ?? answer.stderr?.trim().split("\n").at(-1) ?? "it does not start";
  return stop(
    `the Node ${neededNode} of the npm package "node" does not run here (${why}) and this is Node ${process.versions.node}`,
    `install Node ${neededNode} or newer (https://nodejs.org), then try again`,
  );
}

/** Runs it in place of this process, as far as Node can: same terminal, same signals, same exit code. */
function run(node, nodeArgs) {
  const path = [join(modules, ".bin"), process.env.PATH].filter(Boolean).join(delimiter);
  const child = spawn(node, nodeArgs, { stdio: "inherit", env: { ...process.env, PATH: path } });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  // at a terminal the child also hears Ctrl-C itself; `holdfast up` takes the two for one
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => stop(`${node} cannot be run: ${error.message}`, "remove node_modules and try again"));
  child.once("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const handled of signals) process.removeAllListeners(handled);
    process.kill(process.pid, signal);
  });
}
