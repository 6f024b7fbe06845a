/** One worker, seen from its primary. */
import cluster, { type Worker } from "node:cluster";
import type { Page } from "../admin-pages.ts";
import { FromWorker, type Ready, type ToWorker } from "./messages.ts";

export type WorkerExit = { readonly code: number | null; readonly signal: string | null };
export type Answer = Pick<Page, "status" | "body">;

/** How long a worker may take to answer. One whose event loop stands still must not hold up what the others say. */
const answerMs = 2_000;

export class WorkerProcess {
  readonly startedAt = Date.now();
  /** Settles when it ends, for whatever reason. */
  readonly ended: Promise<WorkerExit>;
  /** What it said when calls could arrive; undefined when it ended before. */
  readonly ready: Promise<Ready | undefined>;
  readonly #worker: Worker;
  readonly #questions = new Map<number, (answer: Answer | undefined) => void>();
  #asked = 0;
  #isReady = false;

  constructor() {
    const worker = cluster.fork();
    this.#worker = worker;
    this.ended = new Promise((settle) => {
      worker.once("exit", (code: number | null, signal: string | null) => settle({ code, signal }));
      // could not be started at all
      worker.once("error", () => settle({ code: 1, signal: null }));
    });
    this.ready = new Promise((settle) => {
      worker.on("message", (message) => this.#take(FromWorker.safeParse(message).data, settle));
      void this.ended.then(() => this.#end()).then(() => settle(undefined));
    });
  }

  get id(): number {
    return this.#worker.id;
  }
  get pid(): number {
    return this.#worker.process.pid ?? 0;
  }
  /** True from its word to its end. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Its page of this name; undefined when it ends or gives no answer in time. */
  ask(page: string): Promise<Answer | undefined> {
    const question = ++this.#asked;
    return new Promise((resolve) => {
      const settle = (answer: Answer | undefined) => {
        clearTimeout(timer);
        this.#questions.delete(question);
        resolve(answer);
      };
      const timer = setTimeout(() => settle(undefined), answerMs);
      this.#questions.set(question, settle);
      this.#tell({ holdfast: "ask", question, page });
    });
  }

  /** Has it drain and end. */
  stop(): void {
    this.#tell({ holdfast: "stop" });
  }

  kill(): void {
    this.#worker.process.kill("SIGKILL");
  }

  #take(message: FromWorker | undefined, onReady: (ready: Ready) => void): void {
    if (message?.holdfast === "answer") this.#questions.get(message.question)?.(message);
    if (message?.holdfast === "ready") {
      this.#isReady = true;
      onReady(message.ready);
    }
  }

  #tell(message: ToWorker): void {
    // that it has ended comes by another way
    if (this.#worker.isConnected()) this.#worker.send(message, () => {});
  }

  #end(): void {
    this.#isReady = false;
    for (const settle of this.#questions.values()) settle(undefined);
  }
}
