import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findCommand, run } from "./support/run.ts";
import { describeClient } from "./support/scenario.ts";

describeClient({
  name: "AWS CLI",
  command: findCommand(["aws"], ["--version"], /^aws-cli\//),
  install: "pip install awscli",
  async connect(command, { endpoint, accessKeyId, secretAccessKey, region, home }) {
    const config = join(home, "config");
    // version 1 of the CLI signs URLs for other endpoints than AWS's with signature version 2 unless told so
    await writeFile(config, "[default]\ns3 =\n  signature_version = s3v4\n");
    const env = {
      HOME: home,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
      AWS_CONFIG_FILE: config,
      AWS_EC2_METADATA_DISABLED: "true",
    };
    const aws = async (...args: string[]) => await run(command, args, { env });
    const quiet = async (...args: string[]) => void (await aws("s3", ...args, "--only-show-errors"));
    return {
      makeBucket: async (bucket) => void (await aws("s3", "mb", `s3://${bucket}`)),
      upload: async (file, bucket, key) => await quiet("cp", file, `s3://${bucket}/${key}`),
      download: async (bucket, key, file) => await quiet("cp", `s3://${bucket}/${key}`, file),
      list: async (bucket, prefix) => await aws("s3", "ls", `s3://${bucket}/${prefix}`),
      syncUp: async (folder, bucket, prefix) => await quiet("sync", "--delete", folder, `s3://${bucket}/${prefix}`),
      syncDown: async (bucket, prefix, folder) => await quiet("sync", `s3://${bucket}/${prefix}`, folder),
      presign: async (bucket, key) => (await aws("s3", "presign", `s3://${bucket}/${key}`)).trim(),
      remove: async (bucket, key) => await quiet("rm", `s3://${bucket}/${key}`),
      removeBucket: async (bucket) => void (await aws("s3", "rb", `s3://${bucket}`)),
    };
  },
});
