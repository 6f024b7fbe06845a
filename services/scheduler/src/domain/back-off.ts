/** How long to wait after failures. */

const firstMs = 1_000;
const longestMs = 300_000;

/** A number in [0, 1) that follows from the text (FNV-1a, mixed): jitter that a repeated computation does not change. */
export function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** 1 s after the first failure in a row, doubled by each further one up to 5 min, give or take a quarter. Milliseconds. */
export function backOffMs(failures: number, seed: string): number {
  const plain = Math.min(longestMs, firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return Math.round(plain * (0.75 + fraction(`${seed}/${failures}`) / 2));
}
