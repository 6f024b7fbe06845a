/** `holdfast doctor`: is everything there that Holdfast needs, and if not, what to do. */
import type { Command, CommandContext } from "../command.ts";
import { fail, type Finding, skip } from "../doctor/check.ts";
import { checkDisk, checkNatsServer, checkNode, checkPort, checkTools, guarded } from "../doctor/machine.ts";
import { checkMesh } from "../doctor/mesh.ts";
import { CliError, messageOf } from "../errors.ts";
import { homeOf } from "../home.ts";
import { connectToMesh, usesExternalNats } from "../mesh-connection.ts";
import { table } from "../output.ts";
import { listenAddress } from "../up/listen.ts";

const colour = { ok: "green", warn: "yellow", fail: "red", skip: "dim" } as const;

export const doctorCommand: Command = {
  name: "doctor",
  summary: "check this machine and the mesh, and say what to do",
  details: "Exits with 1 when something is wrong that keeps Holdfast from working; warnings do not count.",
  async run(context) {
    const { output } = context;
    const findings = await examine(context);
    const rows = findings.map(({ name, state, found }) => [output.paint(colour[state], state), name, found]);
    const steps = findings.flatMap(({ name, next }) => (next === undefined ? [] : [`  ${name}: ${next}`]));
    const toDo = steps.length === 0 ? [] : ["", "What to do:", ...steps];
    output.result({ findings }, [table(["", "CHECK", "FOUND"], rows), ...toDo].join("\n"));
    const failed = findings.filter(({ state }) => state === "fail").map(({ name }) => name);
    if (failed.length > 0) throw new CliError(`something is wrong with ${failed.join(", ")}: see what to do above`);
  },
};

async function examine(context: CommandContext): Promise<Finding[]> {
  const { env } = context;
  const machine = await Promise.all([
    guarded("Node", async () => checkNode()),
    ...(usesExternalNats(env) ? [] : [guarded("nats-server", () => checkNatsServer(env))]),
    guarded("disk", () => checkDisk(homeOf(context).path)),
  ]);
  return [...machine, ...(await examineMesh(context)), ...(await checkTools())];
}

/** A mesh that runs is asked; for one that does not, the ports it will want are looked at. */
async function examineMesh(context: CommandContext): Promise<Finding[]> {
  const connected = await connectToMesh(context).catch((error: unknown) => {
    if (error instanceof CliError) return error;
    throw error;
  });
  if (connected instanceof CliError) return [notReached(connected, context), await s3Port(context)];
  await using nc = connected;
  return await checkMesh(nc).catch((error: unknown) => [
    { name: "NATS", state: "fail", found: messageOf(error), next: "see the log of nats-server" },
  ]);
}

/** A cluster of one's own must answer; the embedded server may just not have been started. */
function notReached({ message }: CliError, { env }: CommandContext): Finding {
  if (!usesExternalNats(env)) return skip("mesh", `does not run: ${message}`);
  return fail("NATS", message, "correct HOLDFAST_NATS_URL and its credentials, or start that NATS");
}

function s3Port(context: CommandContext): Promise<Finding> {
  return guarded("S3 port", () => checkPort("S3 port", listenAddress(context)));
}
