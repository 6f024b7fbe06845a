/** The process that makes the load: its CPU is its own, and it shares no event loop with whoever measures. Speaks with remote-load.ts. */
import type { Row } from "../rows/row.ts";
import { rowNamed } from "../rows/catalogue.ts";
import { type LoadResult, type Operation, runLoad } from "./load.ts";
import { createScene, type OpenScene, type SceneSettings } from "./scene.ts";

/** One row: prepared, warmed up, then run when told. */
export type LoadRequest = { readonly id: number } & (
  | { readonly kind: "open"; readonly settings: SceneSettings }
  | { readonly kind: "prepare"; readonly row: string }
  | { readonly kind: "clean up" }
  | { readonly kind: "run"; readonly concurrency: number; readonly seconds: number; readonly share: number }
);
export type RunAnswer = LoadResult & { readonly clientCpuMs: number };
export type LoadAnswer = { readonly id: number; readonly result?: RunAnswer; readonly problem?: string };

let scene: OpenScene | undefined;
let prepared: { row: Row; operation: Operation; next: number } | undefined;

async function answer(request: LoadRequest): Promise<RunAnswer | undefined> {
  if (request.kind === "open") {
    scene = createScene(request.settings);
    await scene.createBucket(request.settings.bucket);
    return undefined;
  }
  if (scene === undefined) throw new Error("the scene is not open");
  if (request.kind === "clean up") {
    await scene.removeBuckets();
    return undefined;
  }
  if (request.kind === "prepare") {
    const row = rowNamed(request.row);
    prepared = { row, operation: await row.prepare(scene), next: 0 };
    return undefined;
  }
  if (prepared === undefined) throw new Error("no row is prepared");
  return run(scene, prepared, request);
}

async function run(
  { client }: OpenScene,
  state: NonNullable<typeof prepared>,
  { concurrency, seconds, share }: Extract<LoadRequest, { kind: "run" }>,
): Promise<RunAnswer> {
  const { row, operation, next } = state;
  const left = (row.maxOperations ?? Infinity) - next;
  const bounds = {
    concurrency,
    seconds,
    from: next,
    maxOperations: left === Infinity ? left : Math.floor(left * share),
  };
  const cut = row.isCut === true ? { abort: () => client.abort(), movedBytes: () => client.moved } : undefined;
  const before = process.cpuUsage();
  const result = await runLoad(operation, bounds, cut);
  const { user, system } = process.cpuUsage(before);
  state.next = result.next;
  return { ...result, clientCpuMs: (user + system) / 1_000 };
}

process.on("message", (request: LoadRequest) => {
  answer(request).then(
    (result) => process.send?.({ id: request.id, ...(result && { result }) } satisfies LoadAnswer),
    (error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error);
      process.send?.({ id: request.id, problem } satisfies LoadAnswer);
    },
  );
});
// a parent that is gone leaves nothing behind
process.once("disconnect", () => process.exit(0));
