/**
 * One page of an ordered listing: S3's prefix, delimiter and start-after over keys as UTF-8 bytes, whose order is S3's
 * (JavaScript compares strings by UTF-16 units, which is another order beyond U+D7FF). A common prefix is stepped over by a
 * seek: a page costs O(page) however many keys a prefix holds. Pure.
 */
export type OrderedEntries<V> = {
  /** Entries whose key is at or after `from`, in byte order. */
  from(from: Buffer): Iterable<{ key: Buffer; value: V }>;
};

export type PageQuery = { prefix: string; delimiter: string; startAfter: string; maxKeys: number };

export type Page<V> = {
  entries: { key: string; value: V }[];
  commonPrefixes: string[];
  isTruncated: boolean;
  /** The last key or common prefix of the page. */
  next?: string;
};

/** Fills a page. `isListed` leaves entries out (expired ones) without counting them. */
export function listPage<V>(
  source: OrderedEntries<V>,
  query: PageQuery,
  isListed: (value: V) => boolean = () => true,
): Page<V> {
  const page: Page<V> = { entries: [], commonPrefixes: [], isTruncated: false };
  if (query.maxKeys === 0) return page;
  const prefix = Buffer.from(query.prefix);
  const delimiter = Buffer.from(query.delimiter);
  let last: Buffer | undefined;
  let seek: Buffer | undefined = firstKey(prefix, delimiter, Buffer.from(query.startAfter));

  while (seek !== undefined) {
    const from: Buffer = seek;
    seek = undefined;
    for (const { key, value } of source.from(from)) {
      if (!startsWith(key, prefix)) break;
      if (!isListed(value)) continue;
      if (page.entries.length + page.commonPrefixes.length === query.maxKeys) {
        page.isTruncated = true;
        if (last !== undefined) page.next = last.toString();
        return page;
      }
      const common = commonPrefix(key, prefix, delimiter);
      if (common === undefined) {
        page.entries.push({ key: key.toString(), value });
        last = key;
      } else {
        page.commonPrefixes.push(common.toString());
        last = common;
        seek = successor(common);
        break;
      }
    }
  }
  return page;
}

/** Where the page begins. A start-after that is itself a common prefix skips all of it; one inside it does not. */
function firstKey(prefix: Buffer, delimiter: Buffer, startAfter: Buffer): Buffer | undefined {
  if (startAfter.length === 0 || Buffer.compare(startAfter, prefix) < 0) return prefix;
  if (startsWith(startAfter, prefix)) {
    const common = commonPrefix(startAfter, prefix, delimiter);
    if (common !== undefined && common.length === startAfter.length) return successor(common);
  }
  // the smallest key after it
  return Buffer.concat([startAfter, Buffer.from([0])]);
}

function commonPrefix(key: Buffer, prefix: Buffer, delimiter: Buffer): Buffer | undefined {
  if (delimiter.length === 0) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.subarray(0, at + delimiter.length);
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

function startsWith(key: Buffer, prefix: Buffer): boolean {
  return key.length >= prefix.length && key.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
}
