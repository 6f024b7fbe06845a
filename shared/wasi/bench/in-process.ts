import { compileHello, type Mode, type Serve, startHello } from "./hello.ts";

/** Microseconds of CPU of one request served in this process, all threads of V8 included; the best of the rounds. */
export async function cpuPerRequest(mode: Mode, { requests = 10_000, rounds = 4 } = {}): Promise<number> {
  const { serve } = startHello(await compileHello(), mode);
  for (let index = 0; index < requests; index += 1) await serve("/");
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) best = Math.min(best, await measure(serve, requests));
  return best;
}

async function measure(serve: Serve, requests: number): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < requests; index += 1) {
    if ((await serve("/")) !== 200) throw new Error("the guest did not answer 200");
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}
