import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findCommand, run } from "./support/run.ts";
import { describeClient } from "./support/scenario.ts";

describeClient({
  name: "s3cmd",
  command: findCommand(["s3cmd"], ["--version"], /^s3cmd version/),
  install: "apt-get install s3cmd",
  async connect(command, { endpoint, accessKeyId, secretAccessKey, region, home }) {
    const { host, protocol } = new URL(endpoint);
    const config = join(home, "s3cfg");
    const settings = {
      access_key: accessKeyId,
      secret_key: secretAccessKey,
      host_base: host,
      host_bucket: host,
      bucket_location: region,
      use_https: protocol === "https:" ? "True" : "False",
      multipart_chunk_size_mb: "10",
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
    await writeFile(config, `[default]\n${lines.join("")}`, { mode: 0o600 });
    const env = { HOME: home };
    const s3cmd = async (...args: string[]) =>
      await run(command, ["--config", config, "--no-progress", ...args], { env });
    return {
      makeBucket: async (bucket) => void (await s3cmd("mb", `s3://${bucket}`)),
      upload: async (file, bucket, key) => void (await s3cmd("put", file, `s3://${bucket}/${key}`)),
      download: async (bucket, key, file) => void (await s3cmd("get", `s3://${bucket}/${key}`, file)),
      list: async (bucket, prefix) => await s3cmd("ls", `s3://${bucket}/${prefix}`),
      syncUp: async (folder, bucket, prefix) =>
        void (await s3cmd("sync", "--delete-removed", `${folder}/`, `s3://${bucket}/${prefix}/`)),
      syncDown: async (bucket, prefix, folder) => void (await s3cmd("sync", `s3://${bucket}/${prefix}/`, `${folder}/`)),
      remove: async (bucket, key) => void (await s3cmd("del", `s3://${bucket}/${key}`)),
      removeBucket: async (bucket) => void (await s3cmd("rb", `s3://${bucket}`)),
    };
  },
});
