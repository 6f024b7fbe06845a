/** Events as rows of a table. */
import type { ObjectEvent } from "@holdfast/contracts";
import type { Output } from "../output.ts";
import { ageOf } from "./age.ts";
import { wordOf } from "./kinds.ts";

type EventView = { readonly now: number; readonly output: Pick<Output, "paint">; readonly withObject: boolean };

export const eventHeader = (withObject: boolean): string[] => [
  "AGE",
  "TYPE",
  "REASON",
  ...(withObject ? ["OBJECT"] : []),
  "MESSAGE",
];

export function eventRow({ time, type, reason, message, object }: ObjectEvent, view: EventView): string[] {
  return [
    ageOf(view.now - time),
    type === "Warning" ? view.output.paint("yellow", type) : type,
    reason,
    ...(view.withObject ? [`${object.namespace}/${wordOf(object.kind)}/${object.name}`] : []),
    message,
  ];
}
