import { buildGuestFile } from "@holdfast/guests";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { echoGuest } from "./echo-guest.ts";
import { type Echo, startEcho } from "./echo-run.ts";
import { buildTimeoutMs, jco, ours } from "./subject.ts";
import { arrived, valueOf } from "./values.ts";
import { interfaceText, type WitFunction, word } from "./wit-type.ts";
import { manyParams, plainFunctions, randomFunctions, seed } from "./zoo.ts";

const zoos = { plain: plainFunctions, many: manyParams, random: randomFunctions };
const subjects = [ours, jco];

/** The signature, short enough for a test's name. */
const title = (fn: WitFunction) => interfaceText("zoo", [fn]).replaceAll(/\s+/g, " ").slice(16, 120);

describe.for(Object.entries(zoos))("values of the %s zoo", ([label, functions]) => {
  describe.for(subjects)("under $name", (subject) => {
    let echo: Echo;
    beforeAll(async () => {
      echo = await startEcho(subject, await buildGuestFile(`zoo-${label}`, echoGuest(functions)));
    }, buildTimeoutMs);

    test.for(functions.map((fn, i) => [title(fn), fn, word(i)] as const))("%s", ([, fn, name]) => {
      const answers = fn.result === undefined ? fc.constant(undefined) : valueOf(fn.result);
      const trips = fc.property(fc.tuple(...fn.params.map(valueOf)), answers, (args, answer) => {
        const { given, returned } = echo(name, fn, args, answer);
        expect(given).toEqual(args.map(arrived));
        expect(returned).toEqual(arrived(answer));
      });
      fc.assert(trips, { seed, numRuns: subject === ours ? 50 : 15 });
    });
  });
});
