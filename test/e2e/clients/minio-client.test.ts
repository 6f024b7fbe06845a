import { findCommand, run } from "./support/run.ts";
import { describeClient } from "./support/scenario.ts";

/** `mc` alone may be Midnight Commander; Debian calls MinIO's `minio-client`. */
const names = [process.env["HOLDFAST_TEST_MC"] ?? "minio-client", "minio-client", "mcli", "mc"];

describeClient({
  name: "MinIO client",
  command: findCommand(names, ["--version"], /minio/i),
  install: "apt-get install minio-client, or its path in HOLDFAST_TEST_MC",
  async connect(command, { endpoint, accessKeyId, secretAccessKey, home }) {
    const { host, protocol } = new URL(endpoint);
    const secrets = `${encodeURIComponent(accessKeyId)}:${encodeURIComponent(secretAccessKey)}`;
    const env = { HOME: home, MC_CONFIG_DIR: home, MC_HOST_mesh: `${protocol}//${secrets}@${host}` };
    const mc = async (...args: string[]) => await run(command, ["--quiet", "--no-color", ...args], { env });
    return {
      makeBucket: async (bucket) => void (await mc("mb", `mesh/${bucket}`)),
      upload: async (file, bucket, key) => void (await mc("cp", file, `mesh/${bucket}/${key}`)),
      download: async (bucket, key, file) => void (await mc("cp", `mesh/${bucket}/${key}`, file)),
      list: async (bucket, prefix) => await mc("ls", "--json", `mesh/${bucket}/${prefix}`),
      syncUp: async (folder, bucket, prefix) =>
        void (await mc("mirror", "--overwrite", "--remove", folder, `mesh/${bucket}/${prefix}`)),
      syncDown: async (bucket, prefix, folder) => void (await mc("mirror", `mesh/${bucket}/${prefix}`, folder)),
      presign: async (bucket, key) => {
        const answer = await mc("share", "download", "--json", "--expire", "10m", `mesh/${bucket}/${key}`);
        const shared: unknown = JSON.parse(answer);
        if (typeof shared === "object" && shared !== null && "share" in shared) return String(shared.share);
        throw new Error(`no URL in ${answer}`);
      },
      remove: async (bucket, key) => void (await mc("rm", `mesh/${bucket}/${key}`)),
      removeBucket: async (bucket) => void (await mc("rb", `mesh/${bucket}`)),
    };
  },
});
