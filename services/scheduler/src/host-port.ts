/** The port: what the scheduler asks of hosts. */
import type { StartRequest } from "./domain/start-request.ts";
import type { Said } from "./reports.ts";

/** Calls reject when the host cannot be asked or does not answer; what it refuses is an answer. */
export type HostPort = {
  start(hostId: string, request: StartRequest): Promise<Said>;
  stop(hostId: string, workloadId: string): Promise<Said>;
  /** How these are; where a host can say it, also of everything else that is there (`isComplete`). */
  survey(
    hostId: string,
    workloadIds: readonly string[],
  ): Promise<{ readonly said: readonly Said[]; readonly isComplete: boolean }>;
};
