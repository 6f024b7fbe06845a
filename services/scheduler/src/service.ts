/** scheduler: what should run, and whether it does. Composes the endpoints over a store of objects. */
import type { scheduler } from "@holdfast/contracts";
import type { Handlers } from "@holdfast/micro/contract";
import { apply } from "./endpoints/apply.ts";
import { deleteObject } from "./endpoints/delete.ts";
import { describeScheduler } from "./endpoints/describe-scheduler.ts";
import { drainHost, inspectHost, labelHost, listHosts } from "./endpoints/hosts.ts";
import { listEvents } from "./endpoints/list-events.ts";
import { describeObject, getObject, listObjects } from "./endpoints/read-objects.ts";
import { rollback, rolloutHistory } from "./endpoints/rollouts.ts";
import { getConfig, setConfig, setSecret } from "./endpoints/values.ts";
import type { SchedulerParts } from "./parts.ts";

/** The handlers of the scheduler contract. Start as many instances over one store as you like. */
export function createScheduler(parts: SchedulerParts): Handlers<typeof scheduler> {
  return {
    Apply: apply(parts),
    Get: getObject(parts),
    List: listObjects(parts),
    Describe: describeObject(parts),
    Delete: deleteObject(parts),
    ListEvents: listEvents(parts),
    ListHosts: listHosts(parts),
    InspectHost: inspectHost(parts),
    DrainHost: drainHost(parts),
    LabelHost: labelHost(parts),
    RolloutHistory: rolloutHistory(parts),
    Rollback: rollback(parts),
    GetConfig: getConfig(parts),
    SetConfig: setConfig(parts),
    SetSecret: setSecret(parts),
    DescribeScheduler: describeScheduler(parts),
  };
}
