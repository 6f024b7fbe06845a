/** What a running mesh says of itself: NATS, its clock, the services. */
import { isNewEnough, minimumNatsVersion } from "@holdfast/nats-server";
import type { NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import { askServices, expectedServices } from "../mesh-services.ts";
import { fail, type Finding, ok, skip, warn } from "./check.ts";

export async function checkMesh(nc: NatsConnection): Promise<Finding[]> {
  return [await natsFinding(nc), await clockFinding(nc), ...(await serviceFindings(nc))];
}

async function natsFinding(nc: NatsConnection): Promise<Finding> {
  const roundTripMs = await nc.rtt();
  const version = nc.info?.version ?? "0.0.0";
  const found = `nats-server ${version} at ${nc.getServer()}, ${roundTripMs} ms away`;
  if (!isNewEnough(version)) return fail("NATS", found, `raise it to ${minimumNatsVersion} or newer`);
  if (nc.info?.jetstream !== true) return fail("NATS", `${found}, without JetStream`, "start it with JetStream");
  return ok("NATS", found);
}

const Streams = z.object({ streams: z.array(z.object({ ts: z.coerce.date() })).nullish() });
const tolerableSkewMs = 2_000;
/** S3 clients are refused beyond it (RequestTimeTooSkewed). */
const fatalSkewMs = 15 * 60_000;

/** Signatures, leases and expiry compare clocks. JetStream tells its own beside the list of streams. */
async function clockFinding(nc: NatsConnection): Promise<Finding> {
  const before = Date.now();
  const answer = await nc.request("$JS.API.STREAM.LIST", JSON.stringify({ offset: 0 }), { timeout: 5_000 });
  const here = (before + Date.now()) / 2;
  const there = Streams.safeParse(answer.json()).data?.streams?.[0]?.ts;
  if (there === undefined) return skip("clock", "NATS keeps no stream yet, and tells the time with one");
  return judgeSkew(here - there.getTime());
}

/** `skewMs`: how far this machine's clock is ahead of NATS's. */
export function judgeSkew(skewMs: number): Finding {
  const direction = skewMs > 0 ? "ahead of" : "behind";
  const found = `${(Math.abs(skewMs) / 1_000).toFixed(1)} s ${direction} the NATS server's`;
  const next = "set both clocks by NTP: signatures, leases and expiry compare them";
  if (Math.abs(skewMs) > fatalSkewMs) return fail("clock", found, next);
  return Math.abs(skewMs) > tolerableSkewMs ? warn("clock", found, next) : ok("clock", found);
}

const workloadServices = ["scheduler", "host-agent"];

async function serviceFindings(nc: NatsConnection): Promise<Finding[]> {
  const services = await askServices(nc);
  const count = (name: string) => services.filter((service) => service.name === name).length;
  const finding = (name: string, missing: (found: string) => Finding): Finding => {
    const instances = count(name);
    if (instances === 0) return missing("does not answer");
    return ok(name, instances === 1 ? "answers" : `${instances} instances answer`);
  };
  return [
    ...expectedServices.map((name) =>
      finding(name, (found) => fail(name, found, "start it, or holdfast up; its log says why it ended")),
    ),
    ...workloadServices.map((name) => finding(name, (found) => skip(name, `${found}: only workloads need it`))),
  ];
}
