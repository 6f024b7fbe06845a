import { createServer } from "node:net";
import { parseInteger } from "../command.ts";

/** True when a server could listen there now. */
export function isPortFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** What a variable asks for, else the usual port when it is free, else any (0). */
export async function choosePort(env: NodeJS.ProcessEnv, variable: string, usual: number): Promise<number> {
  const asked = env[variable];
  if (asked) return parseInteger(variable, asked, { min: 0, max: 65_535 });
  return (await isPortFree(usual)) ? usual : 0;
}
