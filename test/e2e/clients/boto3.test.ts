import { fileURLToPath } from "node:url";
import { findCommand, run } from "./support/run.ts";
import { describeClient } from "./support/scenario.ts";

const script = fileURLToPath(new URL("support/boto3_client.py", import.meta.url));

describeClient({
  name: "boto3",
  command: findCommand(["python3"], ["-c", "import boto3; print('boto3', boto3.__version__)"], /^boto3 /),
  install: "pip install boto3",
  async connect(command, { endpoint, accessKeyId, secretAccessKey, region, home }) {
    const env = {
      HOME: home,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      PYTHONDONTWRITEBYTECODE: "1",
    };
    const python = async (...args: string[]) => await run(command, [script, ...args], { env });
    return {
      makeBucket: async (bucket) => void (await python("make_bucket", bucket)),
      upload: async (file, bucket, key) => void (await python("upload", file, bucket, key)),
      download: async (bucket, key, file) => void (await python("download", bucket, key, file)),
      list: async (bucket, prefix) => await python("list", bucket, prefix),
      syncUp: async (folder, bucket, prefix) => void (await python("sync_up", folder, bucket, prefix)),
      syncDown: async (bucket, prefix, folder) => void (await python("sync_down", bucket, prefix, folder)),
      presign: async (bucket, key) => (await python("presign", bucket, key)).trim(),
      remove: async (bucket, key) => void (await python("remove", bucket, key)),
      removeBucket: async (bucket) => void (await python("remove_bucket", bucket)),
    };
  },
});
