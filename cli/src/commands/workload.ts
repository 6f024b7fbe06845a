/** `holdfast workload ...`: one workload straight on one host, by wasmCloud's host protocol. The scheduler knows nothing of it. */
import { randomUUID } from "node:crypto";
import { HostCallFailed, hostClient, isHostId, Workload, type WorkloadStatus } from "@holdfast/host-protocol";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import type { Command, CommandContext, Option } from "../command.ts";
import { CliError, UsageError } from "../errors.ts";
import { keyValues } from "../key-values.ts";
import { connectToMesh } from "../mesh-connection.ts";
import { readManifests } from "../workloads/manifest-files.ts";
import { filenameOption, namespaceOf, namespaceOption } from "../workloads/options.ts";

const hostOption: Readonly<Record<string, Option>> = {
  host: { value: "ID", help: "the host's id, as holdfast host list shows it" },
};
const idArgument = { name: "ID", help: "the workload's id, as start printed it" };

const start: Command = {
  name: "workload start",
  summary: "start a workload on one host, past the scheduler",
  details:
    "For trying things: nobody starts it again elsewhere. --filename takes the protocol's own message: the `workload` of a\n" +
    "WorkloadStartRequest as YAML or JSON. --image makes one of a single component.",
  positionals: [{ name: "NAME", help: "the workload's name (default: that of the file)", optional: true }],
  options: {
    ...hostOption,
    filename: { ...filenameOption["filename"], help: "the workload: a file, or - for stdin" },
    ...namespaceOption,
    image: { value: "REFERENCE", help: "of its one component: oci://, s3:// or file://" },
    interface: {
      value: "INTERFACE",
      multiple: true,
      help: "it is given, such as wasi:http/incoming-handler@0.2.0?host=hello.localhost",
    },
    env: { value: "KEY=VALUE", multiple: true, help: "of its environment" },
    id: { value: "ID", help: "its id (default: a new one)" },
  },
  examples: [
    "holdfast workload start hello --host HOST --image s3://components/hello.wasm --interface 'wasi:http/incoming-handler?host=hello.localhost'",
  ],
  async run(context) {
    const workload = await workloadOf(context);
    const workloadId = context.options.text("id") ?? randomUUID();
    await withHost(context, async (nc, hostId) => {
      const status = await hostClient(nc).start(hostId, { workloadId, workload });
      const failure = `host ${hostId} did not start it: ${status.message}`;
      report(context, hostId, status, status.workloadState === "WORKLOAD_STATE_ERROR" ? failure : undefined);
    });
  },
};

function operation(verb: "status" | "stop", summary: string): Command {
  return {
    name: `workload ${verb}`,
    summary,
    positionals: [idArgument],
    options: hostOption,
    async run(context) {
      const [workloadId = ""] = context.positionals;
      await withHost(context, async (nc, hostId) => {
        const status = await hostClient(nc)[verb](hostId, workloadId);
        const failure = `host ${hostId} has no workload ${workloadId}: see holdfast host inspect ${hostId}`;
        report(context, hostId, status, status.workloadState === "WORKLOAD_STATE_NOT_FOUND" ? failure : undefined);
      });
    },
  };
}

export const workloadCommands: readonly Command[] = [
  start,
  operation("stop", "stop a workload on one host"),
  operation("status", "ask one host how a workload is"),
];

async function withHost(
  context: CommandContext,
  work: (nc: NatsConnection, hostId: string) => Promise<void>,
): Promise<void> {
  const hostId = context.options.text("host");
  if (hostId === undefined) throw new UsageError("--host is missing; see holdfast host list");
  if (!isHostId(hostId)) throw new UsageError(`--host: "${hostId}" cannot be a host's id`);
  await using nc = await connectToMesh(context);
  try {
    await work(nc, hostId);
  } catch (error) {
    if (error instanceof HostCallFailed)
      throw new CliError(`${error.message}; see holdfast host list`, { cause: error });
    throw error;
  }
}

/** Prints the status; throws the failure, which in a text says it all. */
function report({ output }: CommandContext, hostId: string, status: WorkloadStatus, failure?: string): void {
  if (failure !== undefined && output.format === "text") throw new CliError(failure);
  const state = status.workloadState.replace("WORKLOAD_STATE_", "").toLowerCase();
  // hosts repeat the state where they have nothing to add
  const reason = status.message === "" || status.message === state ? "" : `: ${status.message}`;
  output.result({ hostId, ...status }, `${status.workloadId} ${state}${reason}`);
  if (failure !== undefined) throw new CliError(failure);
}

async function workloadOf(context: CommandContext): Promise<z.input<typeof Workload>> {
  const { options, positionals } = context;
  const image = options.text("image");
  const fromFile = options.list("filename").length > 0;
  if (fromFile === (image !== undefined))
    throw new UsageError("name the workload by --filename or by --image, one of both");
  if (image === undefined)
    return { ...(await readWorkload(context)), ...(positionals[0] === undefined ? {} : { name: positionals[0] }) };
  const [name] = positionals;
  if (name === undefined) throw new UsageError("NAME is missing");
  const environment = keyValues("--env", options.list("env"));
  const components = [{ name, image, localResources: { environment } }];
  const hostInterfaces = options.list("interface").map(parseInterface);
  return { namespace: namespaceOf(context), name, witWorld: { components, hostInterfaces } };
}

async function readWorkload(context: CommandContext): Promise<z.output<typeof Workload>> {
  const [document, another] = await readManifests(context);
  if (document === undefined || another !== undefined)
    throw new UsageError("--filename: one workload is started at a time");
  const { value } = document;
  // a whole request is taken, too
  const inner = z.object({ workload: z.unknown() }).safeParse(value).data?.workload;
  const parsed = Workload.safeParse(inner ?? value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${document.locate(path.map(String))}: ${path.join(".")} ${message}`,
  );
  throw new UsageError(problems.join("\nholdfast: "));
}

/** `wasi:http/incoming-handler@0.2.0?host=a.localhost&path=/x` */
export function parseInterface(text: string) {
  const [, namespace, name, interfaces, version = "", config = ""] =
    /^([a-z][\w-]*):([a-z][\w-]*)\/([\w,-]+)(?:@([\w.+-]+))?(?:\?(.*))?$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined || interfaces === undefined) {
    throw new UsageError(
      `--interface: "${text}" is not NAMESPACE:PACKAGE/INTERFACE[,INTERFACE][@VERSION][?KEY=VALUE&...]`,
    );
  }
  return {
    namespace,
    package: name,
    version,
    interfaces: interfaces.split(","),
    config: Object.fromEntries(new URLSearchParams(config)),
  };
}
