/** Looks up what artifacts stand for, again and again, and says which records change by it. A new digest rolls out what uses it. */
import type { Login } from "./domain/pull-secret.ts";
import { loginFor } from "./domain/pull-secret.ts";
import { said, withConditions } from "./domain/conditions.ts";
import type { ArtifactRecord } from "./domain/records.ts";
import type { Entry } from "./domain/view.ts";
import type { Write } from "./object-store.ts";

/** The port: what an image stands for at this moment. Rejects when that cannot be said. */
export type ImageResolver = (
  image: string,
  login: Login | undefined,
) => Promise<{ readonly image: string; readonly digest: string }>;

type Found = { readonly source: string; readonly image: string; readonly digest: string; readonly failure: string };

type WatchParts = {
  readonly resolve: ImageResolver;
  readonly secretOf: (namespace: string, name: string) => Readonly<Record<string, string>> | undefined;
  readonly now: () => number;
  readonly everyMs: number;
  /** There is something to write. */
  readonly onFound: () => void;
};

export class ArtifactWatch {
  readonly #parts: WatchParts;
  readonly #askedAt = new Map<string, number>();
  readonly #found = new Map<string, Found>();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Begins the look-ups that are due; what earlier ones found comes back as writes. */
  look(artifacts: Iterable<Entry<ArtifactRecord>>): Write[] {
    const writes: Write[] = [];
    for (const { key, record } of artifacts) {
      const found = this.#found.get(key);
      const changed = found && withFound(record, found, this.#parts.now());
      if (changed !== undefined) writes.push({ key, record: changed });
      if (this.#isDue(key, record)) void this.#ask(key, record);
    }
    return writes;
  }

  clear(): void {
    this.#askedAt.clear();
    this.#found.clear();
  }

  #isDue(key: string, { manifest }: ArtifactRecord): boolean {
    const askedAt = this.#askedAt.get(`${key} ${manifest.spec.image}`);
    return askedAt === undefined || this.#parts.now() - askedAt >= this.#parts.everyMs;
  }

  async #ask(key: string, { manifest }: ArtifactRecord): Promise<void> {
    const { resolve, secretOf, now, onFound } = this.#parts;
    const { image: source, imagePullSecret } = manifest.spec;
    this.#askedAt.set(`${key} ${source}`, now());
    try {
      const secret = imagePullSecret && secretOf(manifest.metadata.namespace, imagePullSecret.name);
      const found = await resolve(source, secret && loginFor(source, secret));
      this.#found.set(key, { source, ...found, failure: "" });
    } catch (error) {
      this.#found.set(key, {
        source,
        image: "",
        digest: "",
        failure: error instanceof Error ? error.message : String(error),
      });
    }
    onFound();
  }
}

const resolvedWords = ({ source, digest }: Found): string =>
  digest === ""
    ? `${source} is taken as it is, and does not roll out by itself: it lies outside of HOLDFAST_SCHEDULER_FILE_ROOTS`
    : `${source} is ${digest}`;

/** The record with what was found; undefined when that is nothing new. A failure does not take back what was known. */
function withFound(record: ArtifactRecord, found: Found, now: number): ArtifactRecord | undefined {
  const { observed, manifest, status } = record;
  if (found.source !== manifest.spec.image) return undefined;
  const isKnown = observed?.source === found.source && observed.digest !== "";
  const kept =
    found.failure !== "" && isKnown ? { ...observed, failure: found.failure } : { ...found, checkedAtMs: now };
  const isSame =
    observed?.source === kept.source && observed.digest === kept.digest && observed.failure === kept.failure;
  if (isSame) return undefined;
  const saying =
    kept.failure === ""
      ? said("Ready", "True", "Resolved", resolvedWords(kept))
      : said("Ready", "False", "Unresolved", kept.failure);
  return {
    ...record,
    observed: kept,
    status: {
      ...status,
      phase: kept.failure === "" ? "Resolved" : "Unresolved",
      observedGeneration: record.generation,
      conditions: withConditions(status.conditions, [saying], now),
      ...(kept.digest && { digest: kept.digest }),
    },
  };
}
