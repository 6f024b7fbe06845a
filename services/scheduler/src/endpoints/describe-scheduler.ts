import type { scheduler } from "@holdfast/contracts";
import { kindNames } from "@holdfast/manifests";
import { fail } from "@holdfast/micro";
import type { Handlers } from "@holdfast/micro/contract";
import type { SchedulerParts } from "../parts.ts";

export function describeScheduler({
  store,
  lease,
  seen,
  instance,
}: SchedulerParts): Handlers<typeof scheduler>["DescribeScheduler"] {
  return async () => {
    await store.refresh();
    const leader = await lease.current().catch((cause: unknown) => {
      throw fail("SlowDown", "the lease cannot be read", { cause });
    });
    return {
      instance,
      isLeader: lease.token !== undefined,
      ...(leader && { leader }),
      revision: store.revision,
      objects: Object.fromEntries(kindNames.map((kind) => [kind, store.view.size(kind)])),
      hosts: seen.hosts.size,
    };
  };
}
