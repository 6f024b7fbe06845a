/**
 * Derived signing keys, held for a minute and withdrawn by push: a revoked access key stops working here within a second.
 * Long-term secrets never come here.
 */
import { AuthChanged, type auth, authChangedSubject } from "@holdfast/contracts";
import { type Client, isMeshError } from "@holdfast/micro";
import type { Logger } from "@holdfast/runtime";
import { s3Error } from "@holdfast/s3-protocol";
import type { NatsConnection } from "@nats-io/nats-core";
import { ExpiringMap } from "./domain/expiring-map.ts";
import type { Principal } from "./domain/principal.ts";

export type SigningKey = { readonly key: Uint8Array; readonly principal: Principal };
type Scope = { readonly date: string; readonly region: string; readonly service: string };

/** auth repeats its revision twice a second: after this long without a word, what is held may be out of date. */
const silenceMs = 5_000;

export class SigningKeys {
  readonly #auth: Client<typeof auth>;
  readonly #held = new ExpiringMap<SigningKey>({ ttlMs: 60_000, maxEntries: 10_000 });
  readonly #asking = new Map<string, Promise<SigningKey>>();
  #revision = 0;
  #lastWord = 0;

  constructor(client: Client<typeof auth>) {
    this.#auth = client;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Listens for changes until the connection closes. */
  follow(nc: NatsConnection, log: Logger): void {
    nc.subscribe(authChangedSubject, {
      callback: (error, msg) => {
        if (error) return log.error({ err: error }, "no longer told of changed keys");
        const change = AuthChanged.safeParse(msg.json());
        if (change.success) this.#changed(change.data);
        else this.drop();
      },
    });
  }

  /** Forgets everything: after a reconnect nobody knows what was missed. */
  drop(): void {
    this.#held.clear();
  }

  #changed({ revision, accessKeyId }: { revision: number; accessKeyId?: string | undefined }): void {
    this.#lastWord = Date.now();
    if (accessKeyId !== undefined) this.#held.deleteWhere((name) => name.startsWith(`${accessKeyId}/`));
    // A later revision without its key, or a gap before it: something was missed.
    if (revision > this.#revision + (accessKeyId === undefined ? 0 : 1)) this.drop();
    this.#revision = Math.max(this.#revision, revision);
  }

  /** The signing key of an access key. Throws InvalidAccessKeyId; SlowDown when auth does not answer and nothing is held. */
  async get(accessKeyId: string, scope: Scope): Promise<SigningKey> {
    const name = `${accessKeyId}/${scope.date}/${scope.region}/${scope.service}`;
    const held = this.#held.get(name, Date.now());
    if (held && Date.now() - this.#lastWord < silenceMs) return held;
    try {
      return await this.#ask(name, accessKeyId, scope);
    } catch (error) {
      if (isMeshError(error, "InvalidAccessKeyId")) {
        this.#held.delete(name);
        throw s3Error("InvalidAccessKeyId", { fields: { AWSAccessKeyId: accessKeyId } });
      }
      // auth is away: what was true a moment ago goes on for as long as it is held at all.
      if (held) return held;
      throw s3Error("SlowDown", { cause: error });
    }
  }

  /** One call for all requests that wait for the same key. */
  #ask(name: string, accessKeyId: string, scope: Scope): Promise<SigningKey> {
    const asking = this.#asking.get(name);
    if (asking) return asking;
    const answer = this.#fetch(name, accessKeyId, scope).finally(() => this.#asking.delete(name));
    this.#asking.set(name, answer);
    return answer;
  }

  async #fetch(name: string, accessKeyId: string, scope: Scope): Promise<SigningKey> {
    const { output, body } = await this.#auth.GetSigningKey({ accessKeyId, ...scope });
    const { user, admin, revision } = output;
    const answer = { key: body, principal: { user, admin } };
    // An answer from before a change that we already know of may be the very thing the change withdrew: not kept.
    if (revision >= this.#revision) this.#held.set(name, answer, Date.now());
    return answer;
  }
}
