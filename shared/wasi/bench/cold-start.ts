/** Run as a process of its own: milliseconds from the bytes of a component to its first answer, in a fresh V8. */
import { compileHello, helloBytes, startHello } from "./hello.ts";

// reading the file is not what is measured
const { length } = await helloBytes();
const start = performance.now();
const { serve } = startHello(await compileHello(), "isolated");
await serve("/");
process.stdout.write(`${JSON.stringify({ bytes: length, ms: performance.now() - start })}\n`);
