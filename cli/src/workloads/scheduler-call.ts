/** Calls of the scheduler that several commands make. */
import { type KeptObject, type ObjectKind, scheduler } from "@holdfast/contracts";
import { isMeshError } from "@holdfast/micro";
import type { Client } from "@holdfast/micro/contract";
import type { CommandContext } from "../command.ts";
import { withService } from "../mesh-call.ts";

export type Scheduler = Client<typeof scheduler>;

/** Runs the work with a client of the scheduler; errors become sentences. */
export function withScheduler<T>(context: CommandContext, work: (service: Scheduler) => Promise<T>): Promise<T> {
  return withService(context, scheduler, work);
}

export type ListOptions = { kind: ObjectKind; namespace?: string; labelSelector?: string };
export type Listed = { readonly objects: KeptObject[]; readonly revision: number };

/** Every page. With `since` it waits up to `waitMs` for a write after that revision. */
export async function listAll(
  service: Scheduler,
  { since, waitMs, ...query }: ListOptions & { since?: number; waitMs?: number },
): Promise<Listed> {
  const wait = { ...(since === undefined ? {} : { since }), ...(waitMs === undefined ? {} : { waitMs }) };
  let page = await service.List({ ...query, ...wait });
  const { revision } = page;
  const objects = [...page.objects];
  while (page.next !== undefined) {
    page = await service.List({ ...query, after: page.next });
    objects.push(...page.objects);
  }
  return { objects, revision };
}

/** Undefined when there is none. */
export async function findObject(
  service: Scheduler,
  ref: { kind: ObjectKind; namespace: string; name: string },
): Promise<KeptObject | undefined> {
  try {
    return await service.Get(ref);
  } catch (error) {
    if (isMeshError(error) && error.code === "NoSuchObject") return undefined;
    throw error;
  }
}

/** How long one answer may be waited for; then it is asked again. */
export const watchMs = 20_000;
