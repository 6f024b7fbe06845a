import { join } from "node:path";
import { findCommand, run } from "./support/run.ts";
import { describeClient } from "./support/scenario.ts";

describeClient({
  name: "rclone",
  command: findCommand(["rclone"], ["version"], /^rclone v/),
  install: "apt-get install rclone",
  async connect(command, { endpoint, accessKeyId, secretAccessKey, region, home }) {
    const env = {
      HOME: home,
      RCLONE_CONFIG: join(home, "rclone.conf"),
      RCLONE_CACHE_DIR: join(home, "cache"),
      RCLONE_CONFIG_MESH_TYPE: "s3",
      RCLONE_CONFIG_MESH_PROVIDER: "Other",
      RCLONE_CONFIG_MESH_ACCESS_KEY_ID: accessKeyId,
      RCLONE_CONFIG_MESH_SECRET_ACCESS_KEY: secretAccessKey,
      RCLONE_CONFIG_MESH_REGION: region,
      RCLONE_CONFIG_MESH_ENDPOINT: endpoint,
      RCLONE_S3_UPLOAD_CUTOFF: "8Mi",
      RCLONE_S3_CHUNK_SIZE: "8Mi",
    };
    const rclone = async (...args: string[]) => await run(command, [...args, "--retries", "1"], { env });
    return {
      makeBucket: async (bucket) => void (await rclone("mkdir", `mesh:${bucket}`)),
      upload: async (file, bucket, key) => void (await rclone("copyto", file, `mesh:${bucket}/${key}`)),
      download: async (bucket, key, file) => void (await rclone("copyto", `mesh:${bucket}/${key}`, file)),
      list: async (bucket, prefix) => await rclone("lsl", `mesh:${bucket}/${prefix}`),
      syncUp: async (folder, bucket, prefix) => {
        await rclone("sync", folder, `mesh:${bucket}/${prefix}`);
        await rclone("check", folder, `mesh:${bucket}/${prefix}`);
      },
      syncDown: async (bucket, prefix, folder) => void (await rclone("sync", `mesh:${bucket}/${prefix}`, folder)),
      presign: async (bucket, key) => (await rclone("link", "--expire", "10m", `mesh:${bucket}/${key}`)).trim(),
      remove: async (bucket, key) => void (await rclone("deletefile", `mesh:${bucket}/${key}`)),
      removeBucket: async (bucket) => void (await rclone("rmdir", `mesh:${bucket}`)),
    };
  },
});
