/** What `holdfast up` says when the mesh is ready. */
import { relative } from "node:path";
import type { Credential } from "../credentials-file.ts";
import type { Home } from "../home.ts";

export type Ready = {
  readonly endpoint: string;
  readonly region: string;
  readonly natsUrl: string;
  /** Where workloads answer HTTP; undefined when none run here. */
  readonly workloads: string | undefined;
  readonly key: Credential | undefined;
  readonly home: Home;
  readonly tracesTo: string | undefined;
};

/** For people. */
export function readySummary({ endpoint, region, natsUrl, workloads, key, home, tracesTo }: Ready): string {
  const near = (file: string) => (relative("", file).startsWith("..") ? file : relative("", file));
  const traces = tracesTo ?? "off; set OTEL_EXPORTER_OTLP_ENDPOINT (e.g. http://127.0.0.1:4318) to send them";
  return [
    "",
    "Holdfast is ready.",
    "",
    `  S3 endpoint   ${endpoint}   region ${region}`,
    ...(key === undefined ? [] : [`  access key    ${key.accessKeyId}`, `  secret        ${key.secretAccessKey}`]),
    ...(workloads === undefined ? [] : [`  workloads     ${workloads}   by Host header`]),
    `  NATS          ${natsUrl}`,
    `  logs          ${near(home.logFolder)}/<service>.log`,
    `  traces        ${traces}`,
    ...(key === undefined
      ? []
      : ["", `  try it        source ${near(home.environmentFile)} && aws s3 mb s3://photos && aws s3 ls`]),
    "",
    "Ctrl-C or `holdfast down` stops it; the data stays.",
  ].join("\n");
}
