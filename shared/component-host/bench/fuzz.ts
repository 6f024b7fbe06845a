/** Damages components for as long as it is told (seconds, 60 unless given), from a seed of its own. */
import { guest, guestNames } from "@holdfast/guests";
import * as fc from "fast-check";
import { instantiatesOrRefuses, mutate, mutations, parsesOrRefuses } from "../test/mutations.ts";

const seconds = Number(process.argv[2] ?? 60);
const small = guestNames.filter((name) => !name.startsWith("js-"));
const corpus = await Promise.all(small.map((name) => guest(name)));
const seed = Date.now() % 2 ** 31;
const until = Date.now() + seconds * 1000;

process.stdout.write(`fuzzing for ${seconds} s, seed ${seed}\n`);
const property = fc.asyncProperty(fc.constantFrom(...corpus), mutations, async (bytes, changes) => {
  const mutated = mutate(bytes, changes);
  if (parsesOrRefuses(mutated)) await instantiatesOrRefuses(mutated);
});
await fc.assert(property, { seed, numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: until - Date.now() });
process.stdout.write("nothing but refusals\n");
