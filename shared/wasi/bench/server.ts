/** An HTTP server for the bench, run as a process of its own: bare node:http, or in front of the guest. Prints its port. */
import { createServer, type ServerResponse } from "node:http";
import { compileHello, startHello } from "./hello.ts";

const line = Buffer.from("hello from component\n");
const mode = process.argv[2];

const answer = await makeAnswer();
const server = createServer((request, response) => {
  if (request.url === "/cpu") response.end(JSON.stringify(process.cpuUsage()));
  else answer(request.url ?? "/", response);
});
// the connections wait while the other servers have their turn
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.stdout.write(`${address.port}\n`);
});

async function makeAnswer(): Promise<(path: string, response: ServerResponse) => void> {
  if (mode !== "warm" && mode !== "isolated") return (_path, response) => void response.writeHead(200).end(line);
  const compiled = await compileHello();
  const idle = [startHello(compiled, mode).serve];
  return (path, response) => {
    // one call at a time in an instance: whoever comes meanwhile gets another
    const serve = idle.pop() ?? startHello(compiled, mode).serve;
    const finished = (status: number) => {
      idle.push(serve);
      response.writeHead(status).end(line);
    };
    const status = serve(path);
    if (typeof status === "number") finished(status);
    else status.then(finished, (error: unknown) => response.writeHead(500).end(String(error)));
  };
}
