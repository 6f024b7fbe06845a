/**
 * The process of the HTTP floor: a bare fastify that answers 4 KiB, and one that does the NATS calls of each S3 operation with nothing
 * in between. Its parent sends how to reach NATS and gets the address back.
 */
import { connect } from "@nats-io/transport-node";
import { fastify } from "fastify";
import { KiB, sizes } from "../rows/row.ts";
import type { NatsAccess } from "../rows/row.ts";
import { createNatsCalls } from "./nats-calls.ts";

/** About what a page of 1,000 keys is in XML. */
const listPageBytes = 200 * KiB;

async function serve({ url, user, pass }: NatsAccess): Promise<string> {
  const calls = await createNatsCalls(await connect({ servers: url, user, pass, name: "bench HTTP floor" }));
  const answer = Buffer.alloc(sizes["4KiB"], 1);
  const page = Buffer.alloc(listPageBytes, 1);
  const app = fastify({ logger: false, bodyLimit: sizes["1MiB"] });
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.get("/bare", async () => answer);
  app.get("/list", async () => {
    await calls.list();
    return page;
  });
  app.put<{ Params: { name: string }; Body: Buffer }>("/objects/:name", async ({ params, body }) => {
    await calls.put(params.name, body);
    return "";
  });
  app.get<{ Params: { name: string } }>("/objects/:name", { exposeHeadRoute: false }, async ({ params }) => {
    const { buffer, byteOffset, length } = await calls.get(params.name);
    return Buffer.from(buffer, byteOffset, length);
  });
  app.head<{ Params: { name: string } }>("/objects/:name", async ({ params }) => {
    await calls.head(params.name);
    return "";
  });
  app.delete<{ Params: { name: string } }>("/objects/:name", async ({ params }, reply) => {
    await calls.delete(params.name);
    return reply.code(204).send();
  });
  return app.listen({ host: "127.0.0.1", port: 0 });
}

process.once("message", (access: NatsAccess) => {
  serve(access).then(
    (url) => process.send?.({ url }),
    (error: unknown) => process.send?.({ problem: error instanceof Error ? error.message : String(error) }),
  );
});
// a parent that is gone leaves nothing behind
process.once("disconnect", () => process.exit(0));
