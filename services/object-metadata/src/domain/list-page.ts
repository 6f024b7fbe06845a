/**
 * One page of an ordered listing: S3's prefix, delimiter and start-after over keys as UTF-8 bytes, whose order is S3's
 * (JavaScript compares strings by UTF-16 units, which is another order beyond U+D7FF). A common prefix is stepped over by a
 * seek: a page costs O(page) however many keys a prefix holds. Pure.
 */
export type OrderedEntries<V> = {
  /** Entries whose key is at or after `from`, in byte order. */
  from(from: Buffer): Iterable<{ key: string; value: V }>;
};

export type PageQuery = { prefix: string; delimiter: string; startAfter: string; maxKeys: number };

export type Page<V> = {
  entries: { key: string; value: V }[];
  commonPrefixes: string[];
  isTruncated: boolean;
  /** The last key or common prefix of the page. */
  next?: string;
};

/**
 * What the names of a page may take in JSON, 1,000 of 1,024 bytes and some: those that JSON escapes take six times as much, and a page
 * of them would be larger than its reader makes room for. S3 may always answer fewer than were asked for.
 */
const namesLimit = 1_100_000;
const isEscaped = /[\p{Cc}"\\]/u;
const jsonLength = (name: string) => (isEscaped.test(name) ? JSON.stringify(name).length : name.length);

/** Fills a page. `isListed` leaves entries out (expired ones) without counting them. */
export function listPage<V>(
  source: OrderedEntries<V>,
  query: PageQuery,
  isListed: (value: V) => boolean = () => true,
): Page<V> {
  const page: Page<V> = { entries: [], commonPrefixes: [], isTruncated: false };
  if (query.maxKeys === 0) return page;
  const { prefix, delimiter } = query;
  let last: string | undefined;
  let nameBytes = 0;
  let seek: Buffer | undefined = firstKey(query);

  while (seek !== undefined) {
    const from: Buffer = seek;
    seek = undefined;
    for (const { key, value } of source.from(from)) {
      if (!key.startsWith(prefix)) break;
      if (!isListed(value)) continue;
      if (page.entries.length + page.commonPrefixes.length === query.maxKeys || nameBytes > namesLimit) {
        page.isTruncated = true;
        if (last !== undefined) page.next = last;
        return page;
      }
      const common = commonPrefix(key, prefix, delimiter);
      last = common ?? key;
      nameBytes += jsonLength(last);
      if (common === undefined) {
        page.entries.push({ key, value });
        continue;
      }
      page.commonPrefixes.push(common);
      seek = successor(Buffer.from(common));
      break;
    }
  }
  return page;
}

/** Where the page begins. A start-after that is itself a common prefix skips all of it; one inside it does not. */
function firstKey({ prefix, delimiter, startAfter }: PageQuery): Buffer | undefined {
  const [first, after] = [Buffer.from(prefix), Buffer.from(startAfter)];
  if (after.length === 0 || Buffer.compare(after, first) < 0) return first;
  if (startAfter.startsWith(prefix) && commonPrefix(startAfter, prefix, delimiter) === startAfter)
    return successor(after);
  // the smallest key after it
  return Buffer.concat([after, Buffer.alloc(1)]);
}

// text holds what its bytes hold: UTF-8 has no character inside another
function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}

/** The smallest byte string that is greater than everything that begins with this; undefined if there is none. */
export function successor(bytes: Buffer): Buffer | undefined {
  for (let end = bytes.length; end > 0; end--) {
    const byte = bytes[end - 1] ?? 0;
    if (byte === 0xff) continue;
    const next = Buffer.from(bytes.subarray(0, end));
    next[end - 1] = byte + 1;
    return next;
  }
  return undefined;
}
