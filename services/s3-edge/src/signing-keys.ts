/**
 * Derived signing keys, held for a minute and withdrawn by push: a revoked access key stops working here within a second.
 * Long-term secrets never come here.
 *
 * What is held counts without asking while auth's heartbeat is heard. After some seconds of silence each use asks again; when auth
 * cannot be reached at all, what was true a moment ago goes on for the rest of its minute.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import { AuthChanged, type auth, authChangedSubject } from "@holdfast/contracts";
import { type Client, isMeshError } from "@holdfast/micro";
import type { Logger } from "@holdfast/runtime";
import { type CredentialScope, s3Error } from "@holdfast/s3-protocol";
import type { NatsConnection } from "@nats-io/nats-core";
import { ExpiringMap } from "./domain/expiring-map.ts";
import type { Principal } from "./domain/principal.ts";

export type SigningKey = { readonly key: KeyObject; readonly principal: Principal };
type GetSigningKey = Client<typeof auth>["GetSigningKey"];
type Change = { readonly revision: number; readonly accessKeyId?: string | undefined };

/** auth repeats its revision twice a second: after this long without a word, what is held may be out of date. */
const silenceMs = 5_000;
/** After a failed question, nobody asks again for this long. */
const pauseMs = 2_000;
/** How long a question may take: requests wait for it, and with a key at hand they need not wait for long. */
const patienceMs = { withoutKey: 2_500, withKey: 500 };

export class SigningKeys {
  readonly #getSigningKey: GetSigningKey;
  readonly #now: () => number;
  readonly #held = new ExpiringMap<SigningKey>({ ttlMs: 60_000, maxEntries: 10_000 });
  /** Access keys that auth does not know: a client that tries again and again costs one call a second. */
  readonly #unknown = new ExpiringMap<true>({ ttlMs: 1_000, maxEntries: 10_000 });
  readonly #asking = new Map<string, Promise<SigningKey>>();
  #revision = 0;
  #lastWordAt = Number.NEGATIVE_INFINITY;
  #askAgainAt = Number.NEGATIVE_INFINITY;

  constructor({ GetSigningKey }: { readonly GetSigningKey: GetSigningKey }, now: () => number = Date.now) {
    this.#getSigningKey = GetSigningKey;
    this.#now = now;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Listens for changes until the connection closes. */
  follow(nc: NatsConnection, log: Logger): void {
    nc.subscribe(authChangedSubject, {
      callback: (error, msg) => {
        if (error) return log.error({ err: error }, "no longer told of changed keys");
        try {
          this.changed(AuthChanged.parse(msg.json()));
        } catch (unreadable) {
          log.warn({ err: unreadable }, "cannot read what auth says of changed keys");
          this.drop();
        }
      },
    });
  }

  /** Forgets everything, and trusts nothing until auth is heard again: after a reconnect nobody knows what was missed. */
  drop(): void {
    this.#lastWordAt = Number.NEGATIVE_INFINITY;
    this.#forgetAll();
  }

  /** What auth pushes: a change with its key, or the heartbeat without one. */
  changed({ revision, accessKeyId }: Change): void {
    this.#lastWordAt = this.#now();
    // It is back: no need to wait any longer.
    this.#askAgainAt = Number.NEGATIVE_INFINITY;
    if (accessKeyId !== undefined) this.#forget(accessKeyId);
    // A later revision without its key, or a gap before it: something was missed.
    if (revision > this.#revision + (accessKeyId === undefined ? 0 : 1)) this.#forgetAll();
    this.#revision = Math.max(this.#revision, revision);
  }

  /** The signing key of an access key. Throws InvalidAccessKeyId; SlowDown when auth does not answer and nothing is held. */
  async get(accessKeyId: string, scope: CredentialScope): Promise<SigningKey> {
    const now = this.#now();
    const name = nameOf(accessKeyId, scope);
    const held = this.#held.get(name, now);
    if (held && (now - this.#lastWordAt < silenceMs || now < this.#askAgainAt)) return held;
    if (this.#unknown.get(accessKeyId, now)) throw unknownKey(accessKeyId);
    if (now < this.#askAgainAt) throw s3Error("SlowDown");
    try {
      return await this.#ask(name, accessKeyId, scope, held ? patienceMs.withKey : patienceMs.withoutKey);
    } catch (error) {
      if (isUnknown(error)) throw unknownKey(accessKeyId);
      if (!isAway(error)) throw error;
      // What was dropped while we asked was dropped for a reason.
      const still = this.#held.get(name, this.#now());
      if (still) return still;
      throw s3Error("SlowDown", { cause: error });
    }
  }

  /** One call for all requests that wait for the same key. */
  #ask(name: string, accessKeyId: string, scope: CredentialScope, timeoutMs: number): Promise<SigningKey> {
    const asking = this.#asking.get(name);
    if (asking) return asking;
    const answer = this.#fetch(name, accessKeyId, scope, timeoutMs).finally(() => {
      if (this.#asking.get(name) === answer) this.#asking.delete(name);
    });
    this.#asking.set(name, answer);
    return answer;
  }

  async #fetch(name: string, accessKeyId: string, scope: CredentialScope, timeoutMs: number): Promise<SigningKey> {
    const revisionBefore = this.#revision;
    try {
      const { output, body } = await this.#getSigningKey({ accessKeyId, ...scope }, { timeoutMs });
      const { user, admin, revision } = output;
      // A copy: the body is a view of the socket's buffer, which a held view would keep alive.
      const answer = { key: createSecretKey(body), principal: { user, admin } };
      // An answer from before a change that we already know of may be the very thing the change withdrew: not kept.
      if (revision >= this.#revision) this.#held.set(name, answer, this.#now());
      return answer;
    } catch (error) {
      if (isUnknown(error)) {
        this.#held.delete(name);
        if (this.#revision === revisionBefore) this.#unknown.set(accessKeyId, true, this.#now());
      }
      if (isAway(error)) this.#askAgainAt = this.#now() + pauseMs;
      throw error;
    }
  }

  /** Questions on their way may bring back what was withdrawn: whoever comes now asks anew. */
  #forget(accessKeyId: string): void {
    const isOfKey = (name: string) => name.startsWith(`${accessKeyId}/`);
    this.#held.deleteWhere(isOfKey);
    this.#unknown.delete(accessKeyId);
    for (const name of this.#asking.keys()) if (isOfKey(name)) this.#asking.delete(name);
  }

  #forgetAll(): void {
    this.#held.clear();
    this.#unknown.clear();
    this.#asking.clear();
  }
}

/** Access keys hold no slash, so no name begins another's. */
const nameOf = (accessKeyId: string, { date, region, service }: CredentialScope) =>
  `${accessKeyId}/${date}/${region}/${service}`;

/** Also a key or scope that the contract does not take: that comes from the client, and says nothing about auth. */
const isUnknown = (error: unknown) => isMeshError(error, "InvalidAccessKeyId") || isMeshError(error, "InvalidInput");

const isAway = (error: unknown) =>
  isMeshError(error, "ServiceUnavailable") || isMeshError(error, "RequestTimeout") || isMeshError(error, "SlowDown");

const unknownKey = (accessKeyId: string) => s3Error("InvalidAccessKeyId", { fields: { AWSAccessKeyId: accessKeyId } });
