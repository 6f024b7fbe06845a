/** A process that is one of several workers. It has no admin port: the primary asks it, tells it to stop, and says `ready` for all. */
import { AdminPages, failurePage, type Page } from "../admin-pages.ts";
import type { Logger } from "../log.ts";
import { metrics } from "../metrics.ts";
import { type FromWorker, type Ready, ToWorker } from "./messages.ts";

/** A primary that is gone needs no answer: Node ends a worker whose channel is closed. */
const tell = (message: FromWorker) => void process.send?.(message, undefined, undefined, () => {});

/** Its pages, shown to the primary. */
export function pagesForPrimary(): AdminPages {
  const pages = new AdminPages();
  onMessage(async (message) => {
    if (message.holdfast !== "ask") return;
    const { status, body } = await answerTo(pages, message.page).catch(failurePage);
    tell({ holdfast: "answer", question: message.question, status, body });
  });
  return pages;
}

/** Metrics go as figures: text could not be summed. */
async function answerTo(pages: AdminPages, page: string): Promise<Pick<Page, "status" | "body">> {
  if (page !== "/metrics") return pages.answer(page);
  return { status: 200, body: JSON.stringify(await metrics.figures()) };
}

/** Told once, when calls can arrive. */
export const announceToPrimary = (ready: Ready): void => tell({ holdfast: "ready", ready });

/**
 * Resolves when the primary says so, or at a signal: one sent to this worker alone has it replaced. Signals often come to all
 * processes of a group, so here a second one says nothing new; the primary's second one ends all.
 */
export function untilToldToStop(log: Logger, isStarting: () => boolean): Promise<string> {
  return new Promise((resolve) => {
    const stop = (reason: string) => {
      if (!isStarting()) return resolve(reason);
      log.info({ signal: reason }, "stopped before it was ready");
      process.exit(0);
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    onMessage(({ holdfast }) => {
      if (holdfast === "stop") stop("stop");
    });
  });
}

function onMessage(take: (message: ToWorker) => void | Promise<void>): void {
  process.on("message", (message) => {
    const { data } = ToWorker.safeParse(message);
    if (data) void take(data);
  });
}
