/** The file that `source` gives to AWS tools. */
import type { Credential } from "../credentials-file.ts";

/** `export` lines; values are quoted for any POSIX shell. */
export function renderEnvironment(key: Credential, region: string, endpoint: string): string {
  const variables = {
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  return `# Written by holdfast up. Use: source this file, then aws s3 ls\n${lines.join("\n")}\n`;
}

function quote(value: string): string {
  return /^[\w./:@+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
