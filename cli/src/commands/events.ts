/** `holdfast events`: what happened to objects, and what happens. */
import type { ObjectEvent } from "@holdfast/contracts";
import type { Command, CommandContext } from "../command.ts";
import { UsageError } from "../errors.ts";
import { table } from "../output.ts";
import { eventHeader, eventRow } from "../workloads/event-rows.ts";
import { kindSuggestions, targetsOf } from "../workloads/kinds.ts";
import { allNamespacesOption, namespaceOption, withinNamespace } from "../workloads/options.ts";
import { type Scheduler, watchMs, withScheduler } from "../workloads/scheduler-call.ts";

export const eventsCommand: Command = {
  name: "events",
  summary: "show what happened to objects, oldest first",
  positionals: [
    { name: "KIND", help: "only of this kind; also as KIND/NAME", optional: true, suggestions: kindSuggestions },
    { name: "NAME", help: "only of this object", optional: true },
  ],
  options: {
    ...namespaceOption,
    ...allNamespacesOption,
    watch: { short: "w", help: "go on and print what happens, until Ctrl-C" },
  },
  examples: ["holdfast events --watch", "holdfast events deployment/hello"],
  async run(context) {
    const query = queryOf(context);
    await withScheduler(context, async (service) => {
      const past = await pastEvents(service, query);
      show(context, past.events);
      let since = past.revision;
      while (context.options.flag("watch")) {
        const { events, revision } = await service.ListEvents({ ...query, since, waitMs: watchMs });
        for (const event of events) context.output.item(event, eventRow(event, viewOf(context)).join("   "));
        since = revision;
      }
    });
  },
};

type Query = ReturnType<typeof queryOf>;

function queryOf(context: CommandContext) {
  const [first, second] = context.positionals;
  const within = withinNamespace(context);
  if (first === undefined) return within;
  const found = targetsOf(context.positionals);
  if (!("targets" in found)) return { ...within, kind: found.kind, ...(second === undefined ? {} : { name: second }) };
  const [target, more] = found.targets;
  if (target === undefined || more !== undefined) throw new UsageError("KIND: name one object");
  return { ...within, ...target };
}

async function pastEvents(service: Scheduler, query: Query): Promise<{ events: ObjectEvent[]; revision: number }> {
  const events: ObjectEvent[] = [];
  let revision = 0;
  for (;;) {
    const page = await service.ListEvents({ ...query, since: revision });
    events.push(...page.events);
    if (page.events.length === 0) return { events, revision: page.revision };
    revision = page.revision;
  }
}

const viewOf = ({ output }: CommandContext) => ({ now: Date.now(), output, withObject: true });

function show(context: CommandContext, events: readonly ObjectEvent[]): void {
  const view = viewOf(context);
  if (context.output.format === "text" && events.length === 0) return context.output.progress("no events");
  // as they come, one by one, so that a watch goes on in the same form
  if (context.options.flag("watch") && context.output.format !== "text") {
    for (const event of events) context.output.item(event, "");
    return;
  }
  context.output.result(
    { events },
    table(
      eventHeader(true),
      events.map((event) => eventRow(event, view)),
    ),
  );
}
