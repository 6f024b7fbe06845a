/** Writes deploy/nats/nats.conf from the permissions table. A test of @holdfast/nats-server fails when the file is out of date. */
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { renderDeployConfig } from "@holdfast/nats-server";

const file = fileURLToPath(new URL("../deploy/nats/nats.conf", import.meta.url));
await mkdir(new URL("../deploy/nats/", import.meta.url), { recursive: true });
await writeFile(file, renderDeployConfig());
console.log(`wrote ${file}`);
