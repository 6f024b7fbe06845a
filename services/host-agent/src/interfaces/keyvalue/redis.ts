/**
 * Buckets are prefixes of keys in one Redis: `<bucket>:<key>`, so that other clients find them. Counters are Redis's own decimal numbers
 * (INCRBY), signed 64 bits. SCAN may list a key twice while Redis grows its table. Gap: clusters of Redis (a connection to one server, or to what stands before several).
 */
import { createClient, RESP_TYPES } from "@redis/client";
import { type Bucket, type KeyValueBackend, KeyValueError, other, pageKeys } from "./bucket.ts";

export type RedisOptions = { readonly url: string; readonly timeoutMs?: number };

/** Connects. Throws in words, without the address's password. */
export async function redisBackend({ url, timeoutMs = 5_000 }: RedisOptions): Promise<KeyValueBackend> {
  const parsed = URL.parse(url);
  if (parsed === null || !["redis:", "rediss:"].includes(parsed.protocol))
    throw new Error("config.url is no address such as redis://host:6379");
  const client = createClient({
    url,
    socket: { connectTimeout: timeoutMs, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 2_000) },
    commandOptions: { timeout: timeoutMs },
    // what cannot be sent now fails now: the component decides what then
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
  });
  // without a listener a lost connection would end the process; each command says by itself that it failed
  client.on("error", () => undefined);
  const timer = AbortSignal.timeout(timeoutMs);
  try {
    await Promise.race([client.connect(), rejectWhen(timer)]);
  } catch (error) {
    client.destroy();
    throw new Error(`cannot connect to ${parsed.protocol}//${parsed.host}`, { cause: error });
  }
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });

  // a number of JavaScript would round what is above 2^53
  const decimals = client.withTypeMapping({ [RESP_TYPES.NUMBER]: String });

  const open = (bucket: string): Bucket => {
    const keyOf = (key: string) => `${bucket}:${key}`;
    return {
      async get(key) {
        const value = await bytes.get(keyOf(key));
        return value === null ? undefined : new Uint8Array(value);
      },
      async set(key, value) {
        await client.set(keyOf(key), Buffer.from(value));
      },
      async delete(key) {
        await client.unlink(keyOf(key));
      },
      exists: async (key) => (await client.exists(keyOf(key))) === 1,
      async listKeys(cursor = 0n) {
        const { cursor: next, keys } = await client.scan(String(cursor), {
          MATCH: `${globOf(bucket)}:*`,
          COUNT: pageKeys,
        });
        const page = [...new Set(keys)].map((key) => key.slice(bucket.length + 1));
        return next === "0" ? { keys: page } : { keys: page, cursor: BigInt(next) };
      },
      async increment(key, delta) {
        if (delta >= 2n ** 63n) throw other("Redis counts in signed 64 bits");
        const sum = BigInt(await decimals.sendCommand<string>(["INCRBY", keyOf(key), String(delta)]));
        if (sum < 0n) throw other("the counter is below 0");
        return sum;
      },
    };
  };

  return {
    async open(name) {
      // a colon would let one bucket reach into another
      if (!/^[\w.-]{1,128}$/.test(name))
        throw new KeyValueError("NoSuchStore", `${JSON.stringify(name)} is no name of a bucket`);
      return open(name);
    },
    async close() {
      client.destroy();
    },
  };
}

/** A bucket's name as a pattern of SCAN that matches it alone. */
const globOf = (text: string) => text.replaceAll(/[*?[\]\\^]/g, String.raw`\$&`);

function rejectWhen(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("no answer in time")), { once: true });
  });
}
